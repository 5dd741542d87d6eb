import { describe, expect, it } from 'vitest';
import { decodeOperationHeader, operationHeader, type OperationMention } from '../../src/operation/operation-header.js';

const MENTION: OperationMention = {
  id: 'order-1',
  t: 'a'.repeat(32),
  e: 3,
  st: 'INFERRING',
  s: 'b'.repeat(16),
  a: 1_700_000_000_000_000,
};

describe('the header that hands operations on', () => {
  it('says again what it was made of, as an object and as text', () => {
    const header = operationHeader([MENTION, { id: 'x', t: 'c'.repeat(32) }]);
    expect(decodeOperationHeader(header)).toEqual([MENTION, { id: 'x', t: 'c'.repeat(32) }]);
    expect(decodeOperationHeader(JSON.stringify(header))).toEqual(decodeOperationHeader(header));
  });

  it('is none for no operations, and has the first of too many', () => {
    expect(operationHeader([])).toBeUndefined();
    const many = Array.from({ length: 40 }, (_, index) => ({ ...MENTION, id: `order-${index}` }));
    expect(operationHeader(many)?.ops.map(({ id }) => id)).toEqual(many.slice(0, 16).map(({ id }) => id));
  });

  it('leaves out fields that it does not know', () => {
    expect(decodeOperationHeader({ v: 1, ops: [{ ...MENTION, more: 1 }], more: 1 })).toEqual([MENTION]);
  });

  it.each([
    ['nothing', undefined],
    ['another version', { v: 2, ops: [MENTION] }],
    ['no list', { v: 1, ops: MENTION }],
    ['an id that is too long', { v: 1, ops: [{ ...MENTION, id: 'x'.repeat(201) }] }],
    ['an empty id', { v: 1, ops: [{ ...MENTION, id: '' }] }],
    ['no trace', { v: 1, ops: [{ id: 'order-1' }] }],
    ['an epoch that is none', { v: 1, ops: [{ ...MENTION, e: -1 }] }],
    ['a state that is none', { v: 1, ops: [{ ...MENTION, st: 'not a state' }] }],
    ['a parent that is none', { v: 1, ops: [{ ...MENTION, s: 'x' }] }],
    ['a start that is none', { v: 1, ops: [{ ...MENTION, a: 1.5 }] }],
    ['too many', { v: 1, ops: Array.from({ length: 17 }, () => MENTION) }],
    ['half a text', '{"v":1,"ops":['],
    ['far too much text', `{"v":1,"ops":[],"x":"${'x'.repeat(20_000)}"}`],
    [
      'a hostile object',
      new Proxy(
        {},
        {
          get: () => {
            throw new TypeError('no');
          },
        },
      ),
    ],
  ])('is not read from %s', (_what, candidate) => {
    expect(decodeOperationHeader(candidate)).toEqual([]);
  });
});
