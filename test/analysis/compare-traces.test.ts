import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareTraces } from '../../src/analysis/compare-traces.js';
import { drawnSpans, madeSpan } from './drawn-spans.js';

const before = drawnSpans(`
  root        |-------------|
    read      |--|
      fetch   ||
    rank         |----|
    answer            |-----|`);

test('the same trace under other ids, at another time, is the same', () => {
  const later = before.map((span) => ({
    ...span,
    traceId: 'cd'.repeat(16),
    spanId: `x${span.spanId}`,
    ...(span.parentId === undefined ? {} : { parentId: `x${span.parentId}` }),
    startTime: span.startTime + 77,
    endTime: (span.endTime as number) + 77,
  }));
  expect(compareTraces(before, later)).toEqual({
    before: { rootName: 'root', micros: 14, steps: 5 },
    after: { rootName: 'root', micros: 14, steps: 5 },
    added: [],
    removed: [],
    repeated: [],
    durations: [],
    becameCritical: [],
    noLongerCritical: [],
    leftOut: { added: 0, removed: 0, repeated: 0, durations: 0, becameCritical: 0, noLongerCritical: 0 },
  });
});

test('steps that only one has are listed at their top, with the number of those below', () => {
  const after = drawnSpans(`
  root        |-------------|
    read      |--|
      fetch   ||
    check        |----|
      look       |-|
        see      ||
    answer            |-----|`);
  const comparison = compareTraces(before, after);
  expect(comparison?.added).toEqual([{ path: 'check', micros: 5, stepsBelow: 2 }]);
  expect(comparison?.removed).toEqual([{ path: 'rank', micros: 5, stepsBelow: 0 }]);
  expect(comparison?.repeated).toEqual([]);
});

test('a step that is there more often is repeated, not added', () => {
  const after = drawnSpans(
    `
  root        |-------------|
    read      |--|
      fetch   ||
    rank         |-|
    rank2          |-|
      deep         ||
    rank3            |-|
    answer             |----|`,
    { rank2: { name: 'rank' }, rank3: { name: 'rank' } },
  );
  expect(compareTraces(before, after)).toMatchObject({
    repeated: [{ path: 'rank', before: 1, after: 3 }],
    added: [],
    removed: [],
  });
  expect(compareTraces(after, before)).toMatchObject({
    repeated: [{ path: 'rank', before: 3, after: 1 }],
    added: [],
    removed: [],
  });
});

test('durations that changed stand by how much, and what became critical beside what no longer is', () => {
  const after = drawnSpans(`
  root        |---------------------|
    read      |-----------------|
      fetch   |-----|
    rank         |----|
    answer                      |---|`);
  const comparison = compareTraces(before, after);
  expect(comparison?.durations).toEqual([
    { path: 'read', before: 3, after: 18 },
    { path: '(root)', before: 14, after: 22 },
    { path: 'read / fetch', before: 1, after: 6 },
    { path: 'answer', before: 6, after: 4 },
  ]);
  expect(comparison?.noLongerCritical).toEqual([{ path: 'rank', before: 5, after: 0 }]);
  expect(comparison?.becameCritical).toEqual([]);
  expect(compareTraces(after, before)?.becameCritical).toEqual([{ path: 'rank', before: 0, after: 5 }]);
});

test('a new step on the path became critical, and was not there', () => {
  const after = before.map((span) => (span.name === 'rank' ? { ...span, name: 'sort' } : span));
  expect(compareTraces(before, after)).toMatchObject({
    becameCritical: [{ path: 'sort', before: undefined, after: 5 }],
    noLongerCritical: [{ path: 'rank', before: 5, after: undefined }],
  });
});

test('the second of a name is the second by start, whatever its id', () => {
  const twice = (first: string, second: string, length: number) => [
    madeSpan({ spanId: 'r', name: 'root', startTime: 0, endTime: 20 }),
    madeSpan({ spanId: first, parentId: 'r', name: 'step', startTime: 0, endTime: 5 }),
    madeSpan({ spanId: second, parentId: 'r', name: 'step', startTime: 5, endTime: 5 + length }),
  ];
  expect(compareTraces(twice('a', 'b', 3), twice('b', 'a', 7))?.durations).toEqual([{ path: 'step#2', before: 3, after: 7 }]);
});

test('lists are cut, and what is left out is counted', () => {
  const many = [madeSpan({ spanId: 'r', name: 'root', startTime: 0, endTime: 14 })];
  for (let place = 0; place < 9; place += 1) {
    many.push(madeSpan({ spanId: `m${place}`, parentId: 'r', name: `new ${place}`, startTime: place, endTime: place + 1 }));
  }
  const comparison = compareTraces(before, many, { top: 2 });
  expect(comparison?.added).toHaveLength(2);
  expect(comparison?.leftOut).toMatchObject({ added: 7, removed: 1, becameCritical: 8 });
});

test('nothing to compare with gives nothing', () => {
  expect(compareTraces([], before)).toBeUndefined();
  expect(compareTraces(before, [])).toBeUndefined();
});

test('a comparison turned round says the opposite', () => {
  const trace = fc
    .array(
      fc.record({ above: fc.nat(), name: fc.constantFrom('a', 'b', 'c'), start: fc.nat({ max: 9 }), length: fc.nat({ max: 9 }) }),
      {
        maxLength: 12,
      },
    )
    .map((drawn) => [
      madeSpan({ spanId: 's0', name: 'root', startTime: 0, endTime: 20 }),
      ...drawn.map(({ above, name, start, length }, index) =>
        madeSpan({
          spanId: `s${index + 1}`,
          parentId: `s${above % (index + 1)}`,
          name,
          startTime: start,
          endTime: start + length,
        }),
      ),
    ]);
  fc.assert(
    fc.property(trace, trace, (one, other) => {
      const forth = compareTraces(one, other);
      const back = compareTraces(other, one);
      expect(back?.added).toEqual(forth?.removed);
      expect(back?.removed).toEqual(forth?.added);
      expect(back?.becameCritical.map(({ path }) => path)).toEqual(forth?.noLongerCritical.map(({ path }) => path));
      expect(back?.durations.map(({ path }) => path)).toEqual(forth?.durations.map(({ path }) => path));
      const steps = (forth?.before.steps ?? 0) - (forth?.after.steps ?? 0);
      expect(steps).toBe(one.length - other.length);
    }),
    { numRuns: 1_000 },
  );
});
