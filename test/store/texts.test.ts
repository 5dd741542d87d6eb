import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/span/canonical-json.js';
import { compareSpans, mergeKey } from '../../src/span/merge-span.js';
import type { Span } from '../../src/span/span.js';
import { comparedText, fromColumn, toColumn } from '../../src/store/column-text.js';
import { prevails } from '../../src/store/prevails.js';
import { spanOfBody, toSpanRow } from '../../src/store/span-row.js';
import { anyText, validSpans } from '../span/arbitraries.js';
import { ended } from './stored-spans.js';

describe('the row of a span', () => {
  it('has the rank that begins the merge key, and a text that is the span, bit by bit', () => {
    fc.assert(
      fc.property(validSpans, (span) => {
        const row = toSpanRow(span);
        expect(row.mergeRank).toBe(mergeKey(span).slice(0, row.mergeRank.length));
        expect(row.mergeRank).toHaveLength(36);
        expect(canonicalJson(spanOfBody(row.body))).toBe(canonicalJson(span));
        expect(spanOfBody(row.body)).toEqual(JSON.parse(JSON.stringify(span)));
      }),
      { numRuns: 3_000 },
    );
  });

  it('prevails over a rival of its rank as the pure law says, whatever the order of names', () => {
    let rivals = 0;
    fc.assert(
      fc.property(validSpans, validSpans, (span, other) => {
        // The same rank, another content.
        const rival: Span = { ...span, name: other.name, attributes: other.attributes, resource: other.resource };
        const [row, rivalRow] = [toSpanRow(span), toSpanRow(rival)];
        expect(rivalRow.mergeRank).toBe(row.mergeRank);
        if (rivalRow.body !== row.body) rivals += 1;
        expect(prevails(row, rivalRow)).toBe(compareSpans(span, rival) > 0);
        expect(prevails(rivalRow, row)).toBe(compareSpans(rival, span) > 0);
      }),
      { numRuns: 400 },
    );
    expect(rivals).toBeGreaterThan(100);
  });

  it.each([
    ['names that look like numbers', { attributes: { b: 1, 10: 'x', 9: 'y' } }],
    ['a name that is the prototype', { input: JSON.parse('{"z":{"b":1,"a":2},"__proto__":{"y":1}}') as never }],
    ['unordered objects in lists', { output: [{ b: 1, a: [{ d: 1, c: 2 }] }] }],
  ])('is no rival of the same event with its names in another order: %s', (_case, changes) => {
    const span = ended(changes);
    const turned = JSON.parse(canonicalJson(span)) as Span;
    const [row, other] = [toSpanRow(span), toSpanRow(turned)];
    expect(other.body).not.toBe(row.body);
    expect([prevails(row, other), prevails(other, row)]).toEqual([false, false]);
  });
});

describe('text in a column', () => {
  it('comes back as it was, and holds nothing that a database refuses', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          anyText.map((text) => `\u0001${text}`),
        ),
        (text) => {
          const column = toColumn(text);
          expect(fromColumn(column)).toBe(text);
          expect(column.isWellFormed()).toBe(true);
          expect(column).not.toContain('\0');
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is shortened past what an index takes, and no two texts meet', () => {
    const long = '\ud800é'.repeat(10_000);
    const shortened = comparedText(long);
    expect(Buffer.byteLength(toColumn(shortened))).toBeLessThan(2_500);
    expect(comparedText(`${long}x`)).not.toBe(shortened);
    expect(comparedText(shortened)).toBe(shortened);
    expect(comparedText('short')).toBe('short');
  });
});
