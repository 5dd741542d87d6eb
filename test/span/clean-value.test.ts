import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanAttributes, cleanJson, cleanText, utf8Length } from '../../src/span/clean-value.js';
import { ATTRIBUTE_VALUE_LENGTH_MAX, ATTRIBUTES_MAX, CAPTURED_VALUE_DEPTH_MAX } from '../../src/span/limits.js';
import { isAttributes } from '../../src/span/validate-span.js';
import { anyText } from './arbitraries.js';

const jsonBytes = (value: unknown): number => (value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value)));

const throwTypeError = (): never => {
  throw new TypeError('not readable');
};

/** Objects that throw, or lie, at every kind of access. */
const hostileValues = fc.constantFrom<(() => unknown)[]>(
  () => new Proxy({ a: 1 }, { ownKeys: throwTypeError }),
  () => new Proxy({ a: 1 }, { get: throwTypeError }),
  () => new Proxy({ a: 1 }, { getPrototypeOf: throwTypeError, getOwnPropertyDescriptor: throwTypeError }),
  () =>
    new Proxy([1, 2], { get: (target, key) => (key === 'length' ? throwTypeError() : (Reflect.get(target, key) as unknown)) }),
  () =>
    new Proxy([1, 2], { get: (target, key) => (key === 'length' ? Number.MAX_VALUE : (Reflect.get(target, key) as unknown)) }),
  () => new Proxy({}, { get: () => () => ({}) }),
  () => new Proxy({}, { get: (_target, key) => (key === 'toJSON' ? () => new Proxy([], {}) : key) }),
  () => {
    const revocable = Proxy.revocable({}, {});
    revocable.revoke();
    return revocable.proxy;
  },
  () => ({
    get broken() {
      return throwTypeError();
    },
    fine: 1,
  }),
  () => ({ toJSON: throwTypeError }),
  () => {
    const endless = { toJSON: () => ({ ...endless, next: endless }) };
    return endless;
  },
  () => {
    const cycle: Record<string, unknown> = { name: 'cycle' };
    cycle['self'] = [cycle, { cycle }];
    return cycle;
  },
  () => Object.create(ArrayBuffer.prototype),
  () => Object.defineProperty(new Uint8Array(4), 'byteLength', { get: throwTypeError }),
  () => Object.defineProperty(new Error('hidden'), 'message', { get: throwTypeError }),
  () => Object.assign(new Error('loud'), { name: 7 }),
  () => Object.create(null),
  () => new Date(Number.NaN),
  () => Buffer.from('bytes'),
  () => new Map([[1, 2]]),
  () => 2n ** 5_000n,
  () => -(2n ** 64n),
  () => [Number.NaN, Number.NEGATIVE_INFINITY, -0, 1e-300, -1.234567890123456e-300],
  () => '\ud800 and \udfff',
  () => '\u0000\u001f"\\\n'.repeat(50),
  () => Array.from({ length: 1_000 }, () => undefined),
  () => Array.from({ length: 1_000 }, () => ({})),
  () => Array.from({ length: 1_000 }, (_, index) => -1 / (index + 3)),
  () => Object.assign([], { 2: 1 }),
  () => ({ [`${'k'.repeat(600)}1`]: 1, [`${'k'.repeat(600)}2`]: 2, '\ud800': 3, 10: 'ten', 9: 'nine' }),
  () => JSON.parse('{"__proto__":{"polluted":true}}'),
  () => Symbol('s'),
  () => throwTypeError,
);

type Make = () => unknown;

// Recipes, not values: the generator itself could not hold a revoked proxy.
const plainValues: fc.Arbitrary<Make> = fc
  .oneof(
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
    }),
    fc.string({ unit: fc.constantFrom('a', '"', '\0', 'é', '€', '🧵', '\ud800', '\udfff'), maxLength: 300 }),
  )
  .map((value) => () => value);
const anything: fc.Arbitrary<Make> = fc.oneof(
  plainValues,
  hostileValues,
  fc.array(fc.oneof(hostileValues, plainValues)).map((makes) => () => makes.map((make) => make())),
  fc
    .array(fc.tuple(anyText, fc.oneof(hostileValues, plainValues)))
    .map((entries) => () => Object.fromEntries(entries.map(([key, make]) => [key, make()]))),
);

describe('anything cleaned to JSON', () => {
  const limits = fc.oneof(fc.integer({ min: 7, max: 200 }), fc.constant(16_384));

  it('never throws, is valid JSON within the limit, and does not change when cleaned again', () => {
    fc.assert(
      fc.property(anything, limits, (make, bytesMax) => {
        const cleaned = cleanJson(make(), bytesMax).value;
        expect(jsonBytes(cleaned)).toBeLessThanOrEqual(bytesMax);
        expect(isPlainJson(cleaned)).toBe(true);
        expect(cleanJson(cleaned, bytesMax)).toEqual({ value: cleaned, isCut: false });
        expect(JSON.stringify(cleaned)?.isWellFormed() ?? true).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('leaves alone what is JSON and fits', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        expect(cleanJson(value, 1_000_000)).toEqual({ value, isCut: false });
      }),
    );
  });

  it.each([
    [undefined, undefined, false],
    [{ a: undefined, b: () => 1, c: Symbol('c') }, {}, false],
    [{ at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }, false],
    [12n, '12', false],
    [2n ** 5_000n, '[bigint]', false],
    [Number.NaN, 'NaN', true],
    [[null, undefined, null], [null, null, null], false],
    [Buffer.from('four'), '[4 bytes]', true],
    [new ArrayBuffer(8), '[8 bytes]', true],
    [new TypeError('broken'), { name: 'TypeError', message: 'broken' }, false],
    ['\ud800', '\ufffd', true],
    [{ toJSON: () => undefined }, undefined, false],
    [{ toJSON: throwTypeError }, '[unreadable]', true],
  ])('says %o as %o', (value, clean, isCut) => {
    expect(cleanJson(value, 10_000)).toEqual({ value: clean, isCut });
  });

  it('marks a cycle where it closes, and not what is only there twice', () => {
    const twice = { a: 1 };
    const cycle: Record<string, unknown> = { one: twice, other: twice };
    expect(cleanJson(cycle, 1_000)).toEqual({ value: { one: { a: 1 }, other: { a: 1 } }, isCut: false });
    cycle['self'] = cycle;
    expect(cleanJson(cycle, 1_000)).toEqual({ value: { one: { a: 1 }, other: { a: 1 }, self: '[circular]' }, isCut: true });
  });

  it('ends at its greatest depth', () => {
    let nested: unknown = 'bottom';
    for (let depth = 0; depth < 50_000; depth += 1) nested = [nested];
    const text = JSON.stringify(cleanJson(nested, 10_000).value);
    expect(text).toBe(`${'['.repeat(CAPTURED_VALUE_DEPTH_MAX)}"[cut]"${']'.repeat(CAPTURED_VALUE_DEPTH_MAX)}`);
  });

  it('cuts a text at its last whole character', () => {
    expect(cleanJson('🧵🧵🧵', 2 + 3 + 7).value).toBe('🧵…');
    expect(cleanJson('🧵🧵🧵', 2 + 12)).toEqual({ value: '🧵🧵🧵', isCut: false });
    expect(cleanJson('abcdef', 7).value).toBe('ab…');
  });

  it('says [cut] where there is room for nothing', () => {
    for (const bytesMax of [0, 1, 2, 3, 4]) expect(cleanJson('a text', bytesMax)).toEqual({ value: '[cut]', isCut: true });
  });

  it.each([
    ['a list', (read: () => void) => countingList(read, 10_000_000)],
    ['a list of undefined', (read: () => void) => countingList(read, 10_000_000, undefined)],
    ['an object', (read: () => void) => countingObject(read, 20_000, 'text')],
    ['an object of undefined', (read: () => void) => countingObject(read, 20_000, undefined)],
  ])('reads no more of %s than it could keep', (_name, make) => {
    let reads = 0;
    const cleaned = cleanJson(
      make(() => {
        reads += 1;
      }),
      1_000,
    );
    expect(cleaned.isCut).toBe(true);
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(1_010);
  });

  it('keeps as little of 10 MB of text as of a short one', () => {
    const cleaned = cleanJson({ text: 'x'.repeat(10_000_000), after: 1 }, 1_000);
    expect(jsonBytes(cleaned.value)).toBeLessThanOrEqual(1_000);
    expect(jsonBytes(cleaned.value)).toBeGreaterThan(950);
  });
});

describe('anything cleaned to attributes', () => {
  it('never throws, gives valid attributes within the limits, and does not change when cleaned again', () => {
    fc.assert(
      fc.property(anything, (make) => {
        const { value: attributes } = cleanAttributes(make());
        expect(isAttributes(attributes)).toBe(true);
        expect(Object.keys(attributes).length).toBeLessThanOrEqual(ATTRIBUTES_MAX);
        expect(JSON.stringify(attributes).isWellFormed()).toBe(true);
        expect(cleanAttributes(attributes)).toEqual({ value: attributes, isCut: false });
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [
      { a: 1, b: 'text', c: true, d: [1, 2], e: ['x'], f: [], g: [false] },
      { a: 1, b: 'text', c: true, d: [1, 2], e: ['x'], f: [], g: [false] },
      false,
    ],
    [{ a: null, b: undefined }, {}, false],
    [{ a: () => 1, b: Symbol('b') }, {}, true],
    [{ a: { b: 1 }, c: [1, 'x'] }, { a: '{"b":1}', c: '[1,"x"]' }, false],
    [{ a: Number.NaN, b: 7n }, { a: 'NaN', b: '7' }, true],
    [{ a: new Date(0) }, { a: '1970-01-01T00:00:00.000Z' }, false],
    ['no object', {}, false],
  ])('says %o as %o', (value, attributes, isCut) => {
    expect(cleanAttributes(value)).toEqual({ value: attributes, isCut });
  });

  it('reports every kind of cut', () => {
    expect(cleanAttributes({ a: 'x'.repeat(ATTRIBUTE_VALUE_LENGTH_MAX + 1) }).isCut).toBe(true);
    expect(cleanAttributes({ a: Array.from({ length: 200 }, () => 1) }).isCut).toBe(true);
    expect(cleanAttributes({ ['k'.repeat(513)]: 1 }).isCut).toBe(true);
    expect(cleanAttributes({ '\ud800': 1 }).isCut).toBe(true);
    expect(
      cleanAttributes(Object.fromEntries(Array.from({ length: ATTRIBUTES_MAX + 1 }, (_, index) => [`k${index}`, 1]))).isCut,
    ).toBe(true);
    expect(
      cleanAttributes(Object.fromEntries(Array.from({ length: ATTRIBUTES_MAX }, (_, index) => [`k${index}`, 1]))).isCut,
    ).toBe(false);
  });

  it('reads no more of a large object than it could keep', () => {
    let reads = 0;
    cleanAttributes(
      countingObject(
        () => {
          reads += 1;
        },
        20_000,
        undefined,
      ),
    );
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(8 * ATTRIBUTES_MAX);
  });
});

describe('text', () => {
  it('is well formed, at most as long as allowed, and does not change when cleaned again', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 20 }), (text, lengthMax) => {
        const cleaned = cleanText(text, lengthMax);
        expect(cleaned.length).toBeLessThanOrEqual(lengthMax);
        expect(cleaned.isWellFormed()).toBe(true);
        expect(cleanText(cleaned, lengthMax)).toBe(cleaned);
      }),
    );
  });

  it('is as long in UTF-8 as an encoder makes it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
      }),
      { numRuns: 1_000 },
    );
  });
});

function countingList(read: () => void, length: number, ...member: [undefined?]): unknown {
  const get = (_target: unknown, key: string | symbol): unknown => {
    if (key === 'length') return length;
    if (key === 'toJSON') return undefined;
    read();
    return member.length > 0 ? member[0] : 7;
  };
  return new Proxy([], { get });
}

function countingObject(read: () => void, keyCount: number, value: unknown): unknown {
  const target = Object.fromEntries(Array.from({ length: keyCount }, (_, index) => [`k${index}`, value]));
  const get = (_target: unknown, key: string | symbol): unknown => {
    if (key === 'toJSON') return undefined;
    read();
    return value;
  };
  return new Proxy(target, { get });
}

function isPlainJson(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlainJson);
  if (typeof value !== 'object' || value === null)
    return value === undefined || value === null || typeof value !== 'number' || Number.isFinite(value);
  return (
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.values(value).every((member) => member !== undefined && isPlainJson(member))
  );
}
