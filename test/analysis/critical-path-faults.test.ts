import { expect, test } from 'vitest';
import { findCriticalPath } from '../../src/analysis/critical-path.js';
import type { CriticalPath } from '../../src/analysis/path-model.js';
import { drawnSpans, idOf, madeSpan } from './drawn-spans.js';

/** The path as `name type from-to`, one a segment. */
function told(path: CriticalPath | undefined): string[] {
  return (path?.segments ?? []).map(({ name, type, startTime, endTime }) => `${name} ${type} ${startTime}-${endTime}`);
}

test('of ten steps back to back all ten are on the path, and nothing is blamed on their parent', () => {
  const spans = drawnSpans(`
    root   |---------|
      s0   ||
      s1    ||
      s2     ||
      s3      ||
      s4       ||
      s5        ||
      s6         ||
      s7          ||
      s8           ||
      s9            ||`);
  expect(told(findCriticalPath(spans))).toEqual(Array.from({ length: 10 }, (_, step) => `s${step} active ${step}-${step + 1}`));
});

test('a step of no length between two others is on the path, and so is one at time 0', () => {
  const spans = drawnSpans(`
    root   |---------|
      nil  |
      a    |----|
      b         |
      c         |----|`);
  expect(told(findCriticalPath(spans))).toEqual(['nil active 0-0', 'a active 0-5', 'b active 5-5', 'c active 5-10']);
});

test('a root at time 0 without length is a path of one segment', () => {
  expect(told(findCriticalPath([madeSpan({ name: 'root', startTime: 0, endTime: 0 })]))).toEqual(['root active 0-0']);
});

test('of steps side by side the one that ended last is on the path, and what it waited for before it', () => {
  const spans = drawnSpans(`
    root   |-----------------|
      a    |---|
      b      |-----|
      c          |------|
      d             |--|`);
  // b was still under way when c started: it was a whose end let the root start c.
  expect(told(findCriticalPath(spans))).toEqual(['a active 0-4', 'root active 4-6', 'c active 6-13', 'root active 13-18']);
});

test('a row of 50,000 children, and a chain as deep, need no stack', () => {
  const count = 50_000;
  const row = [madeSpan({ spanId: 'r', name: 'root', startTime: 0, endTime: count })];
  const chain = [madeSpan({ spanId: 'c0', name: 'root', startTime: 0, endTime: 2 * count })];
  for (let place = 1; place < count; place += 1) {
    row.push(madeSpan({ spanId: `r${place}`, parentId: 'r', startTime: place - 1, endTime: place }));
    chain.push(madeSpan({ spanId: `c${place}`, parentId: `c${place - 1}`, startTime: place, endTime: 2 * count - place }));
  }
  expect(findCriticalPath(row)).toMatchObject({ totals: { active: count }, contributors: [{ spans: count - 1 }, { spans: 1 }] });
  expect(findCriticalPath(chain)).toMatchObject({ totals: { active: 2 * count }, leftOut: { segments: 2 * count - 101 } });
});

test('work that joins through its data, not through its parent, is blamed on who made the data', () => {
  const spans = drawnSpans(
    `
    root         |-----------------|
      produce    |---------|
        task     |---------|
          dump           |-|
      consume    |-----------------|
        read                |------|`,
    {
      task: { attributes: { data_id: 'a' } },
      dump: { name: 'dump to storage', attributes: { data_id: 'a' } },
      read: { attributes: { 'everspan.data_id': 'b' } },
    },
  );
  const withoutData = findCriticalPath(spans);
  expect(told(withoutData)).toEqual(['consume active 0-11', 'read active 11-18']);

  const path = findCriticalPath(spans, { lineage: [{ dataId: 'b', sourceDataId: 'a' }] });
  expect(told(path)).toEqual(['task active 0-8', 'dump to storage active 8-10', 'read queue 10-11', 'read active 11-18']);
  expect(path?.segments[1]?.via).toBe('lineage');
});

test('where the parent was ready later than the data, it was the parent that was waited for', () => {
  const spans = drawnSpans(
    `
    root         |-----------------|
      produce    |-----|
        dump         |-|
      other      |--------|
      consume             |--------|
        read               |-------|`,
    { dump: { name: 'dump to storage', attributes: { data_id: 'a' } }, read: { attributes: { data_id: 'b' } } },
  );
  expect(told(findCriticalPath(spans, { lineage: [{ dataId: 'b', sourceDataId: 'a' }] }))).toEqual([
    'other active 0-9',
    'consume active 9-10',
    'read active 10-18',
  ]);
});

test('a child that outlives its parent is kept and marked, and not taken for what the parent waited for', () => {
  const path = findCriticalPath(
    drawnSpans(`
    root   |---------------|
      a    |-----|
        b     |-------|
      c              |--|`),
  );
  expect(told(path)).toEqual(['a active 0-6', 'root active 6-10', 'c active 10-13', 'root active 13-16']);
  expect(path?.detached).toEqual([{ spanId: idOf('b'), name: 'b', status: 'OK', outlivesByMicros: 5 }]);
});

test('a child whose clock is behind starts with its parent, and the cover stays exact', () => {
  const path = findCriticalPath(
    drawnSpans(`
    root       |--------|
      early |-----|
      ahead   |`),
  );
  expect(path).toMatchObject({ startTime: 3, endTime: 12, clampedSpans: 2 });
  expect(told(path)).toEqual(['ahead active 3-3', 'early active 3-6', 'root active 6-12']);
});

test('an open span ends now, and the path says that it is provisional', () => {
  const spans = drawnSpans(`
    root   |------>
      a    |--|
      b       |--->`);
  const path = findCriticalPath(spans, { now: 10 });
  expect(path).toMatchObject({ endTime: 10, isProvisional: true });
  expect(told(path)).toEqual(['a active 0-3', 'b active 3-10']);
  expect(findCriticalPath(spans.map((span) => ({ ...span, status: 'OK', endTime: 5 })))?.isProvisional).toBe(false);
});

test('now is never before what the spans tell', () => {
  expect(findCriticalPath(drawnSpans('root |--->\n  a  |-----|'), { now: 2 })).toMatchObject({ endTime: 6 });
});

test('an end before its start is no length', () => {
  const path = findCriticalPath([madeSpan({ startTime: 7, endTime: 3 })]);
  expect(path).toMatchObject({ startTime: 7, endTime: 7, clampedSpans: 1, totals: { active: 0 } });
});

test('what is left out is counted, and the longest segments are kept in order of time', () => {
  const spans = drawnSpans(`
    root   |-----------------|
      a    |-|
      b      |------|
      c             ||
      d              |----|`);
  const path = findCriticalPath(spans, { top: 2 });
  expect(told(path)).toEqual(['b active 2-9', 'd active 10-15']);
  expect(path?.leftOut).toMatchObject({ segments: 3, segmentsMicros: 6, contributors: 3, contributorsMicros: 6 });
  expect(findCriticalPath(spans, { top: 0 })).toMatchObject({ segments: [], totals: { active: 18 }, leftOut: { segments: 5 } });
});

test('parents that go round are opened at the earliest span', () => {
  const ring = [
    madeSpan({ spanId: 'a', parentId: 'b', name: 'a', startTime: 2, endTime: 5 }),
    madeSpan({ spanId: 'b', parentId: 'a', name: 'b', startTime: 1, endTime: 8 }),
  ];
  expect(told(findCriticalPath(ring))).toEqual(['b active 1-2', 'a active 2-5', 'b active 5-8']);
});

test('no spans have no path', () => {
  expect(findCriticalPath([])).toBeUndefined();
});
