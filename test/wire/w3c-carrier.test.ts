import * as fc from 'fast-check';
import { parseTraceParent } from '@opentelemetry/core';
import { describe, expect, it } from 'vitest';
import { formatTraceparent, formatW3cCarrier, parseTraceparent, parseW3cCarrier } from '../../src/wire/w3c-carrier.js';
import { spanIds, traceIds } from '../span/arbitraries.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;

describe('traceparent', () => {
  it('is read as OpenTelemetry reads it', () => {
    const versions = fc.constantFrom('00', '01', 'cc', 'ff');
    const flags = fc.integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, '0'));
    const tails = fc.constantFrom('', '-', '-more', 'more', '0');
    const ids = { trace: fc.oneof(traceIds, fc.constant('0'.repeat(32))), span: fc.oneof(spanIds, fc.constant('0'.repeat(16))) };
    fc.assert(
      fc.property(versions, ids.trace, ids.span, flags, tails, (version, traceId, spanId, flag, tail) => {
        const text = `${version}-${traceId}-${spanId}-${flag}${tail}`;
        const theirs = parseTraceParent(text);
        const ours = parseTraceparent(text);
        expect(ours?.traceId).toBe(theirs?.traceId);
        expect(ours?.spanId).toBe(theirs?.spanId);
        expect(ours?.isSampled).toBe(theirs === null ? undefined : (theirs.traceFlags & 1) === 1);
      }),
      { numRuns: 1_000 },
    );
  });

  it('comes back as it went', () => {
    fc.assert(
      fc.property(traceIds, spanIds, fc.boolean(), fc.boolean(), (traceId, spanId, isSampled, isRandom) => {
        const parent = { traceId, spanId, isSampled, ...(isRandom ? { hasRandomTraceId: true } : {}) };
        expect(parseTraceparent(formatTraceparent(parent))).toEqual(parent);
      }),
    );
  });

  it('of a later version is read by its first four fields and written as version 00', () => {
    const parent = parseTraceparent(`cc-${TRACE_ID}-${SPAN_ID}-ff-what-comes-later`);
    expect(parent).toEqual({ traceId: TRACE_ID, spanId: SPAN_ID, isSampled: true, hasRandomTraceId: true });
    expect(formatTraceparent(parent as NonNullable<typeof parent>)).toBe(`00-${TRACE_ID}-${SPAN_ID}-03`);
  });

  it('may stand between spaces, as headers do', () => {
    expect(parseTraceparent(` ${TRACEPARENT}\t`)?.spanId).toBe(SPAN_ID);
  });

  it.each([
    undefined,
    null,
    1,
    [TRACEPARENT],
    '',
    TRACEPARENT.toUpperCase(),
    `${TRACEPARENT}-x`,
    `${TRACEPARENT}0`,
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `00-${TRACE_ID}-${SPAN_ID}`,
    `00-${TRACE_ID}-${SPAN_ID}-1`,
    `0-${TRACE_ID}-${SPAN_ID}-01`,
    `cc-${TRACE_ID}-${SPAN_ID}-01more`,
  ])('is not read from %j', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

describe('the carrier', () => {
  it('comes back as it went', () => {
    const carrier = { traceparent: TRACEPARENT, tracestate: 'a=1,b=2', baggage: 'user=7;p=1,plan=x%20y' };
    expect(formatW3cCarrier(parseW3cCarrier(carrier))).toEqual(carrier);
    expect(formatW3cCarrier(parseW3cCarrier({}))).toEqual({});
  });

  it('loses its tracestate with a bad traceparent, and keeps its baggage', () => {
    expect(parseW3cCarrier({ traceparent: 'x', tracestate: 'a=1', baggage: 'b=2' })).toEqual({ baggage: 'b=2' });
    expect(formatW3cCarrier({ tracestate: 'a=1', baggage: 'b=2' })).toEqual({ baggage: 'b=2' });
  });

  it('passes on whole members only when a list is too long', () => {
    const members = Array.from({ length: 100 }, (_, index) => `key${index}=${'v'.repeat(index % 30)}`);
    const { tracestate } = parseW3cCarrier({ traceparent: TRACEPARENT, tracestate: members.join(',') });
    const kept = (tracestate as string).split(',');
    expect(kept).toEqual(members.slice(0, kept.length));
    expect(tracestate?.length).toBeLessThanOrEqual(512);
    expect(members.slice(0, kept.length + 1).join(',').length).toBeGreaterThan(512);
  });

  it.each([
    [512, 512],
    [513, undefined],
  ])('takes a tracestate of %i characters as %s', (length, kept) => {
    expect(parseW3cCarrier({ traceparent: TRACEPARENT, tracestate: 'x'.repeat(length) }).tracestate?.length).toBe(kept);
  });

  it('counts baggage in bytes', () => {
    expect(parseW3cCarrier({ baggage: 'x'.repeat(8_192) }).baggage).toHaveLength(8_192);
    expect(parseW3cCarrier({ baggage: 'x'.repeat(8_193) }).baggage).toBeUndefined();
    const euros = `a=${'€'.repeat(2_000)}`;
    expect(parseW3cCarrier({ baggage: `${euros},${euros},b=1` }).baggage).toBe(euros);
  });

  it.each(['a=1\r\nx-evil: 1', 'a=\0', '', 7, null, ['a=1']])('passes on nothing of %j', (list) => {
    expect(parseW3cCarrier({ traceparent: TRACEPARENT, tracestate: list, baggage: list })).toEqual({
      parent: { traceId: TRACE_ID, spanId: SPAN_ID, isSampled: true },
    });
  });

  it('never throws, and what it reads it writes to the same effect', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom('traceparent', 'tracestate', 'baggage'), fc.anything())),
        (candidate) => {
          const context = parseW3cCarrier(candidate);
          expect(parseW3cCarrier(formatW3cCarrier(context))).toEqual(context);
        },
      ),
    );
  });
});
