import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toFoldedStacks } from '../../src/export/folded-stacks.js';
import type { Span } from '../../src/span/span.js';
import { validSpans } from '../span/arbitraries.js';
import { CLOSED_TRACE, COMPOSE, GREET, spanId, TRACE } from '../testing/sample-trace.js';

const lines = (spans: readonly Span[]): string[] => [...toFoldedStacks(spans)].map((line) => line.trimEnd());

describe('folded stacks', () => {
  it('count the time of each span in which none of its children ran', () => {
    expect(lines(CLOSED_TRACE)).toEqual([
      'greet 10000',
      'greet;compose 20000',
      'greet;compose;attempt 1 30000',
      'greet;compose;attempt 2 30000',
      'greet;wait 30000',
    ]);
  });

  it('sum up to the root where children lie within it', () => {
    const total = lines(TRACE).reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    expect(total).toBe(120_000);
  });

  it('add stacks with the same names together', () => {
    const twice = [
      GREET,
      COMPOSE,
      { ...COMPOSE, spanId: spanId(9), startTime: COMPOSE.endTime as number, endTime: GREET.endTime as number },
    ];
    expect(lines(twice)).toEqual(['greet 10000', 'greet;compose 110000']);
  });

  it('have one stack and one whole number a line, whatever names hold', () => {
    fc.assert(
      fc.property(fc.array(validSpans, { maxLength: 6 }), (spans) => {
        for (const line of lines(spans)) expect(line).toMatch(/^[^\n;]+(?:;[^\n;]+)* \d+$/u);
      }),
    );
  });

  it('end in one frame below 128 levels', () => {
    const chain = Array.from(
      { length: 5_000 },
      (_, depth): Span => ({
        ...GREET,
        spanId: spanId(depth + 1),
        ...(depth === 0 ? {} : { parentId: spanId(depth) }),
        startTime: depth,
        endTime: 20_000,
      }),
    );
    const folded = lines(chain);
    expect(folded).toHaveLength(128);
    expect(folded.at(-1)).toMatch(/;greet;… \d+$/);
    expect(folded.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)).toBe(20_000);
  });
});
