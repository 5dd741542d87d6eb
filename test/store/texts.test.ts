import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/span/canonical-json.js';
import { mergeKey } from '../../src/span/merge-span.js';
import type { Span } from '../../src/span/span.js';
import { canonicalSpanText } from '../../src/store/canonical-span.js';
import { comparedText, fromColumn, toColumn } from '../../src/store/column-text.js';
import { spanOfBody, toSpanRow } from '../../src/store/span-row.js';
import { anyText, validSpans } from '../span/arbitraries.js';
import { ended } from './stored-spans.js';

describe('the row of a span', () => {
  it('has the merge key and the text of the pure law, bit by bit', () => {
    fc.assert(
      fc.property(validSpans, (span) => {
        const row = toSpanRow(span);
        expect(row.mergeKey).toBe(mergeKey(span));
        expect(row.body).toBe(canonicalJson(span));
        expect(spanOfBody(row.body)).toEqual(JSON.parse(JSON.stringify(span)));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['names that look like numbers', { attributes: { b: 1, 10: 'x', 9: 'y' } }],
    ['such names in order', { attributes: { 10: 'x', 9: 'y' } }],
    ['a name that is the prototype', { input: JSON.parse('{"z":{"b":1,"a":2},"__proto__":{"y":1}}') as never }],
    ['unordered objects in lists', { output: [{ b: 1, a: [{ d: 1, c: 2 }] }] }],
    ['a field that no span has', { unknown: 1 } as Partial<Span>],
  ])('is the same for %s', (_case, changes) => {
    const span = ended(changes);
    expect(toSpanRow(span).body).toBe(canonicalJson(span));
    expect(canonicalSpanText(span) ?? canonicalJson(span)).toBe(canonicalJson(span));
  });

  it('is written the fast way where the span is an ordinary one', () => {
    expect(canonicalSpanText(ended({ attributes: { b: 1, a: 2 } }))).toBe(canonicalJson(ended({ attributes: { b: 1, a: 2 } })));
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
