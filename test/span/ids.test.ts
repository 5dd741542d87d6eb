import { ROOT_CONTEXT } from '@opentelemetry/api';
import { SamplingDecision, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base';
import * as fc from 'fast-check';
import { validate, version } from 'uuid';
import { describe, expect, it } from 'vitest';
import {
  deriveAttemptSpanId,
  deriveSpanId,
  deriveTraceId,
  isSampled,
  isSpanId,
  isTraceId,
  spanIdFromUuid,
  spanUuid,
  traceIdFromUuid,
  traceUuid,
} from '../../src/span/ids.js';
import { anyText, spanIds, traceIds } from './arbitraries.js';

const RUN_ID = '0197b2c4-5d1e-7a30-8f21-6c9d0e4b7a55';
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';

describe('derived ids', () => {
  // They stand in histories and in back ends: if one of these changes, a running workflow's spans double.
  it.each([
    [deriveSpanId(RUN_ID, 'activity', 1), 'ee18e99cd4560ca6'],
    [deriveSpanId(RUN_ID, 'update', 'an-update-id'), '98bf53efe76c6429'],
    [deriveAttemptSpanId(TRACE_ID, SPAN_ID, 3), 'f2cecb68c284c9e1'],
    [deriveTraceId('default', 'order-7', RUN_ID, 1_762_948_800_123), '019a77efde7b708688869d153f2d044b'],
    [spanUuid(TRACE_ID, SPAN_ID), '00f067aa-0ba9-802b-9c36-3e206d0a95f4'],
    [traceUuid(TRACE_ID), '4bf92f35-77b3-4da6-a3ce-929d0e0e4736'],
  ])('stay what they are: %s', (derived, golden) => {
    expect(derived).toBe(golden);
  });

  it('are valid whatever they are derived from', () => {
    fc.assert(
      fc.property(anyText, anyText, fc.oneof(fc.nat(), anyText), traceIds, spanIds, (run, kind, ordinal, traceId, spanId) => {
        expect(isSpanId(deriveSpanId(run, kind, ordinal))).toBe(true);
        expect(isSpanId(deriveAttemptSpanId(traceId, spanId, 1))).toBe(true);
      }),
    );
  });

  it('keep apart parts that joined would be the same text', () => {
    expect(deriveSpanId('ab', 'c', 1)).not.toBe(deriveSpanId('a', 'bc', 1));
    expect(deriveSpanId('a', 'b', 11)).not.toBe(deriveSpanId('a', 'b1', 1));
    expect(deriveTraceId('n', 'ab', 'c', 0)).not.toBe(deriveTraceId('n', 'a', 'bc', 0));
  });

  it('do not collide within a trace of many runs, kinds and spans', () => {
    const ids = new Set<string>();
    for (const run of [RUN_ID, RUN_ID.replace('5', '6')]) {
      for (const kind of ['activity', 'timer', 'child', 'span']) {
        for (let ordinal = 0; ordinal < 20_000; ordinal += 1) ids.add(deriveSpanId(run, kind, ordinal));
      }
    }
    expect(ids.size).toBe(2 * 4 * 20_000);
  });

  it('differ in every part', () => {
    const ids = [
      deriveSpanId(RUN_ID, 'activity', 1),
      deriveSpanId(RUN_ID, 'activity', 2),
      deriveSpanId(RUN_ID, 'timer', 1),
      deriveSpanId('another run', 'activity', 1),
      deriveAttemptSpanId(TRACE_ID, SPAN_ID, 1),
      deriveAttemptSpanId(TRACE_ID, SPAN_ID, 2),
      deriveAttemptSpanId(`5${TRACE_ID.slice(1)}`, SPAN_ID, 1),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a derived trace id', () => {
  it('is a UUIDv7 whose time is the start of the chain', () => {
    fc.assert(
      fc.property(
        anyText,
        anyText,
        anyText,
        fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        (namespace, workflowId, runId, startMs) => {
          const traceId = deriveTraceId(namespace, workflowId, runId, startMs);
          const uuid = traceUuid(traceId);
          expect(isTraceId(traceId) && validate(uuid)).toBe(true);
          expect(version(uuid)).toBe(7);
          expect(Number.parseInt(traceId.slice(0, 12), 16)).toBe(startMs);
          expect(Number.parseInt(traceId.charAt(16), 16) >> 2).toBe(0b10);
        },
      ),
    );
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 48, 1.5])('is valid for a start of %d too', (startMs) => {
    expect(isTraceId(deriveTraceId('default', 'order-7', RUN_ID, startMs))).toBe(true);
  });
});

describe('the UUID of a span id', () => {
  it('is a UUIDv8 from which the id comes back, whoever made the ids', () => {
    fc.assert(
      fc.property(traceIds, spanIds, (traceId, spanId) => {
        const uuid = spanUuid(traceId, spanId);
        expect(validate(uuid)).toBe(true);
        expect(version(uuid)).toBe(8);
        expect(spanIdFromUuid(traceId, uuid)).toBe(spanId);
        expect(spanIdFromUuid(traceId, uuid.toUpperCase())).toBe(spanId);
      }),
      { numRuns: 1_000 },
    );
  });

  it('differs between any two ids of a trace', () => {
    fc.assert(
      fc.property(traceIds, spanIds, fc.nat({ max: 63 }), (traceId, spanId, bit) => {
        const flipped = (BigInt(`0x${spanId}`) ^ (1n << BigInt(bit))).toString(16).padStart(16, '0');
        expect(spanUuid(traceId, flipped)).not.toBe(spanUuid(traceId, spanId));
      }),
    );
  });

  it('is none of another trace', () => {
    const uuid = spanUuid(TRACE_ID, SPAN_ID);
    expect(spanIdFromUuid(`5${TRACE_ID.slice(1)}`, uuid)).toBeUndefined();
  });

  it.each(['', 'x', TRACE_ID, traceUuid(TRACE_ID), `${spanUuid(TRACE_ID, SPAN_ID)}0`])('is not read from %j', (uuid) => {
    expect(spanIdFromUuid(TRACE_ID, uuid)).toBeUndefined();
  });

  it('goes back to a trace id by its hyphens', () => {
    fc.assert(
      fc.property(traceIds, (traceId) => {
        expect(traceIdFromUuid(traceUuid(traceId))).toBe(traceId);
      }),
    );
    expect(traceIdFromUuid('00000000-0000-0000-0000-000000000000')).toBeUndefined();
    expect(traceIdFromUuid(TRACE_ID)).toBeUndefined();
  });
});

function decideAsOpenTelemetry(traceId: string, ratio: number): boolean {
  return new TraceIdRatioBasedSampler(ratio).shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED;
}

describe('sampling', () => {
  it("decides as OpenTelemetry's sampler does", () => {
    const ratios = fc.oneof(
      fc.double({ min: 0, max: 1 }),
      fc.constantFrom(0, 1, 0.1, 0.5, -1, 2, Number.NaN, Number.POSITIVE_INFINITY),
    );
    fc.assert(
      fc.property(traceIds, ratios, (traceId, ratio) => {
        expect(isSampled(traceId, ratio)).toBe(decideAsOpenTelemetry(traceId, ratio));
      }),
      { numRuns: 5_000 },
    );
  });

  it('decides alike at the very bound', () => {
    // Ids whose four words fold to a value beside the bound of the ratio, where rounding shows.
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: -2, max: 2 }), (ratio, offset) => {
        const folded = Math.min(2 ** 32 - 1, Math.max(0, Math.floor(ratio * 2 ** 32) + offset));
        const word = ((folded ^ 1) >>> 0).toString(16).padStart(8, '0');
        const traceId = `00000001${'0'.repeat(16)}${word}`;
        expect(isSampled(traceId, ratio)).toBe(decideAsOpenTelemetry(traceId, ratio));
      }),
      { numRuns: 5_000 },
    );
  });

  it('keeps nothing of what is no trace id', () => {
    expect(isSampled('0'.repeat(32), 1)).toBe(false);
    expect(isSampled('', 1)).toBe(false);
  });
});
