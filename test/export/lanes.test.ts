import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignLanes, type SpanLane } from '../../src/export/lanes.js';
import { buildSpanTrees } from '../../src/export/span-tree.js';
import type { Span } from '../../src/span/span.js';
import { CLOSED_SPAN } from '../span/arbitraries.js';
import { spanId } from '../testing/sample-trace.js';

const LAST = 1_000;
const lanesOf = (spans: readonly Span[]): SpanLane[] => assignLanes(buildSpanTrees(spans), LAST);
const laneByName = (spans: readonly Span[]): Record<string, number> =>
  Object.fromEntries(lanesOf(spans).map((drawn) => [drawn.span.name, drawn.lane]));

function span(number: number, name: string, parent: number | undefined, startTime: number, endTime: number): Span {
  return {
    ...CLOSED_SPAN,
    spanId: spanId(number),
    name,
    startTime,
    endTime,
    ...(parent === undefined ? {} : { parentId: spanId(parent) }),
  };
}

/** Any tree: each span's parent is an earlier one, or none. Short times, so that ends meet starts often. */
const anyTree = fc
  .array(fc.record({ parent: fc.nat(20), start: fc.nat(30), length: fc.nat(12), isOpen: fc.boolean() }), { maxLength: 25 })
  .map((drawn) =>
    drawn.map(({ parent, start, length, isOpen }, index): Span => {
      const whole = span(index + 1, `s${index}`, parent < index ? parent + 1 : undefined, start, start + length);
      if (!isOpen) return whole;
      const { endTime: _, ...open } = whole;
      return { ...open, status: 'RUNNING' };
    }),
  );

describe('lanes', () => {
  it('never have two spans that cross', () => {
    fc.assert(
      fc.property(anyTree, (spans) => {
        const drawn = lanesOf(spans).map(({ span: of, lane }) => ({ lane, start: of.startTime, end: of.endTime ?? LAST }));
        expect(drawn).toHaveLength(spans.length);
        for (const [index, later] of drawn.entries()) {
          for (const earlier of drawn.slice(0, index)) {
            if (earlier.lane !== later.lane) continue;
            const isApart = later.start >= earlier.end;
            const isWithin = later.start >= earlier.start && later.end <= earlier.end;
            expect(isApart || isWithin).toBe(true);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('keep children that follow one another on the lane of their parent', () => {
    const spans = [
      span(1, 'parent', undefined, 0, 100),
      span(2, 'a', 1, 0, 50),
      span(3, 'b', 1, 50, 100),
      span(4, 'c', 3, 60, 70),
    ];
    expect(laneByName(spans)).toEqual({ parent: 0, a: 0, b: 0, c: 0 });
  });

  it('give what runs at once, and what outlives its parent, lanes of their own, and use free ones again', () => {
    const spans = [
      span(1, 'parent', undefined, 0, 100),
      span(2, 'a', 1, 10, 50),
      span(3, 'at once', 1, 20, 60),
      span(4, 'late', 1, 90, 120),
      span(5, 'next', undefined, 100, 130),
    ];
    expect(laneByName(spans)).toEqual({ parent: 0, a: 0, 'at once': 1, late: 1, next: 0 });
  });

  it('take 50,000 spans at once', () => {
    const spans = Array.from({ length: 50_000 }, (_, index) => span(index + 1, 's', undefined, index, 900_000));
    expect(new Set(lanesOf(spans).map(({ lane }) => lane)).size).toBe(50_000);
  });
});
