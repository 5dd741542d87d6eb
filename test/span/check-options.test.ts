import { expect, it } from 'vitest';
import { describeValue } from '../../src/span/validate-span.js';

class Thing {
  readonly size = 1;
}

it.each([
  ['0.5', '"0.5"'],
  [0.5, '0.5'],
  ['', '""'],
  ['x'.repeat(100), `"${'x'.repeat(80)}…"`],
  [Thing, 'the class Thing'],
  [new Thing(), 'an object of class Thing'],
  [{ secret: 1 }, 'an object'],
  [Object.create(null), 'an object'],
  [{ constructor: { name: 'a secret' } }, 'an object'],
  [[], 'an empty list'],
  [[1], 'a list'],
  [parseInt, 'the function parseInt'],
  [() => 1, 'the function without a name'],
  [Symbol('s'), 'a symbol'],
  [1n, 'a bigint'],
  [null, 'null'],
  [undefined, 'undefined'],
])('a value is described shortly and as what it is: %o', (value, text) => {
  expect(describeValue(value)).toBe(text);
});

it('a proxy that refuses to be looked at is described all the same', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(() => describeValue(proxy)).not.toThrow();
});
