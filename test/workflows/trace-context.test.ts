import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { readTemporalHeaders, readTextHeaders } from '../../src/interceptors/trace-carrier.js';
import { isSampled } from '../../src/span/ids.js';
import { TRACE_HEADER, W3C_HEADER } from '../../src/wire/activity-names.js';
import type { TraceHeader } from '../../src/wire/span-batch.js';
import { parseW3cCarrier } from '../../src/wire/w3c-carrier.js';
import { type RunContext, withNexusHeaders, withTraceHeaders } from '../../src/workflows/trace-context.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const CONTEXT = { traceId: TRACE_ID, tracestate: 'vendor=1', baggage: 'user=ada' } as RunContext;
const DECIDED: TraceHeader = { v: 1, t: TRACE_ID, s: SPAN_ID, f: 1 };
const UNDECIDED: TraceHeader = { ...DECIDED, u: 1 };

function carrierFor(trace: TraceHeader): unknown {
  const payload = withTraceHeaders({}, CONTEXT, trace)[W3C_HEADER];
  return payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
}

describe('what a call carries', () => {
  it.each([
    ['that is kept says sampled', DECIDED, true],
    ['that is not kept says so', { ...DECIDED, f: 0 } as const, false],
    // W3C's default for whoever begins a trace and decides later.
    ['that nobody decided about claims nothing', UNDECIDED, false],
  ])('of a run %s', (_what, trace, expected) => {
    const parent = { traceId: TRACE_ID, spanId: SPAN_ID, isSampled: expected };
    const carried = { parent, tracestate: 'vendor=1', baggage: 'user=ada' };
    expect(parseW3cCarrier(carrierFor(trace))).toEqual(carried);
    expect(parseW3cCarrier(withNexusHeaders({}, CONTEXT, trace))).toEqual(carried);
  });

  it('leaves the decision about an undecided run to the ratio of whoever reads our header, whatever the carrier says', () => {
    for (const ratio of [0, 0.3, 0.5, 0.7, 1]) {
      const isKept = isSampled(TRACE_ID, ratio);
      expect(readTemporalHeaders(withTraceHeaders({}, CONTEXT, UNDECIDED), ratio)).toMatchObject({
        spanId: SPAN_ID,
        isSampled: isKept,
      });
      expect(readTextHeaders(withNexusHeaders({}, CONTEXT, UNDECIDED), ratio)?.isSampled).toBe(isKept);
      // Decided, the ratio is nobody's matter.
      expect(readTemporalHeaders(withTraceHeaders({}, CONTEXT, DECIDED), ratio)?.isSampled).toBe(true);
    }
  });

  it('keeps the carrier of another interceptor, and has none without a calling span', () => {
    const theirs = defaultPayloadConverter.toPayload({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-01` });
    expect(withTraceHeaders({ [W3C_HEADER]: theirs }, CONTEXT, UNDECIDED)[W3C_HEADER]).toBe(theirs);
    const { s: _caller, ...unplaced } = UNDECIDED;
    expect(withTraceHeaders({}, CONTEXT, unplaced)).not.toHaveProperty(W3C_HEADER);
    expect(withTraceHeaders({}, CONTEXT, unplaced)).toHaveProperty(TRACE_HEADER);
  });
});
