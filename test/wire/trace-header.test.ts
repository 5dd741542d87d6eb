import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TraceHeader } from '../../src/wire/span-batch.js';
import { decodeTraceHeader, encodeTraceHeader } from '../../src/wire/trace-header.js';
import { spanIds, traceIds } from '../span/arbitraries.js';

const HEADER: TraceHeader = { v: 1, t: '4bf92f3577b34da6a3ce929d0e0e4736', s: '00f067aa0ba902b7', f: 1 };
const CHAIN = { prev: '00f067aa0ba902b7', spans: 12, since: 1_700_000_000_000 };

const headers = fc.record(
  {
    v: fc.constant(1 as const),
    t: traceIds,
    s: spanIds,
    f: fc.constantFrom(0 as const, 1 as const),
    o: fc.string({ maxLength: 512 }),
    u: fc.constant(1 as const),
    k: fc.constant(1 as const),
    l: fc.constant(1 as const),
    c: fc.record(
      { prev: spanIds, prevTrace: traceIds, spans: fc.nat(), since: fc.nat() },
      { requiredKeys: ['prev', 'spans', 'since'], noNullPrototype: true },
    ),
  },
  { requiredKeys: ['v', 't', 'f'], noNullPrototype: true },
) as fc.Arbitrary<TraceHeader>;

function throwTypeError(): never {
  throw new TypeError('not readable');
}

describe('the trace header', () => {
  it('comes back as it went, from text and from what a converter made of it', () => {
    fc.assert(
      fc.property(headers, (header) => {
        expect(decodeTraceHeader(encodeTraceHeader(header))).toEqual(header);
        expect(decodeTraceHeader(JSON.parse(encodeTraceHeader(header)))).toEqual(header);
      }),
    );
  });

  it('is the same text for the same fields, whatever their order', () => {
    expect(encodeTraceHeader({ f: 1, s: HEADER.s as string, t: HEADER.t, v: 1 })).toBe(encodeTraceHeader(HEADER));
  });

  it('leaves out what it does not know', () => {
    const chain = { ...CHAIN, later: 1 };
    expect(decodeTraceHeader({ ...HEADER, later: 1, c: chain })).toEqual({ ...HEADER, c: CHAIN });
  });

  it.each([
    undefined,
    null,
    1,
    '',
    '{',
    '[]',
    'null',
    {},
    [HEADER],
    { ...HEADER, v: 2 },
    { ...HEADER, t: HEADER.t.toUpperCase() },
    { ...HEADER, t: '0'.repeat(32) },
    { ...HEADER, s: 'abc' },
    { ...HEADER, s: null },
    { ...HEADER, f: true },
    { ...HEADER, f: 2 },
    { ...HEADER, o: 'x'.repeat(513) },
    { ...HEADER, o: 1 },
    { ...HEADER, u: 0 },
    { ...HEADER, u: true },
    { ...HEADER, k: 0 },
    { ...HEADER, l: true },
    { ...HEADER, c: {} },
    { ...HEADER, c: { ...CHAIN, prev: 'x' } },
    { ...HEADER, c: { ...CHAIN, prevTrace: 'x' } },
    { ...HEADER, c: { ...CHAIN, spans: -1 } },
    { ...HEADER, c: { ...CHAIN, since: 0.5 } },
    `${JSON.stringify(HEADER)}${' '.repeat(5_000)}`,
  ])('reads nothing from %j', (candidate) => {
    expect(decodeTraceHeader(candidate)).toBeUndefined();
  });

  it('never throws', () => {
    const hostile = new Proxy({}, { get: throwTypeError });
    expect(decodeTraceHeader(hostile)).toBeUndefined();
    fc.assert(fc.property(fc.anything({ withNullPrototype: true }), (candidate) => void decodeTraceHeader(candidate)));
  });
});
