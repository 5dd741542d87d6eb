import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/span/canonical-json.js';
import { jsonValues, validSpans } from './arbitraries.js';

/** The same value with the keys of every object inserted the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

describe('canonical JSON', () => {
  it('says the same as JSON', () => {
    fc.assert(
      fc.property(fc.oneof(jsonValues, validSpans), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('is the same text for equal values, whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.oneof(jsonValues, validSpans), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('differs for values that differ', () => {
    fc.assert(
      fc.property(jsonValues, jsonValues, (one, other) => {
        expect(canonicalJson(one) === canonicalJson(other)).toBe(isDeepStrictEqual(one, other));
      }),
    );
  });

  it.each([
    [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
    [{ 9: 'nine', 10: 'ten', a: 1 }, '{"10":"ten","9":"nine","a":1}'],
    [{ a: undefined, b: [undefined, () => 1] }, '{"b":[null,null]}'],
    [JSON.parse('{"__proto__":{"b":1,"a":2}}'), '{"__proto__":{"a":2,"b":1}}'],
    [Object.assign([], { 1: 1 }), '[null,1]'],
    [{ at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    [Number.NaN, 'null'],
    [-0, '0'],
    ['\ud800', '"\\ud800"'],
    [undefined, 'null'],
  ])('writes %o as %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });
});
