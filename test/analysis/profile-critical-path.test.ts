import { expect, test } from 'vitest';
import { type Profile, ProfileAccumulator } from '../../src/analysis/profile-accumulator.js';
import { lineageRow, spanRow } from './rows.js';

function profileOf(spans: readonly unknown[], lineage: readonly unknown[]): Profile {
  const rows = new ProfileAccumulator();
  for (const row of spans) rows.addSpan(row);
  for (const row of lineage) rows.addLineage(row);
  return rows.profile('wfl-1');
}

const task = (dataId: string, from: number, to: number, dumpedAt?: number) => [
  spanRow('task', dataId, [from, to]),
  ...(dumpedAt === undefined ? [] : [spanRow('dump to storage', dataId, [from, dumpedAt])]),
];
const pathOf = (...rows: Parameters<typeof profileOf>) => profileOf(...rows).summary.critical_path;

test('the path leads from the latest finish back to the latest-finishing source, and sums what ran and what waited', () => {
  const spans = [...task('a', 0, 2, 2), ...task('b', 0, 4, 4), ...task('c', 5, 6, 6), ...task('d', 0, 3, 3)];
  expect(pathOf(spans, [lineageRow('c', 'a'), lineageRow('c', 'b')])).toMatchObject({
    path: ['b', 'c'],
    critical_path_seconds: 6,
    active_wait_breakdown: { data_id: ['b', 'c'], active_seconds: [4, 1], wait_seconds: [0, 1] },
  });
});

test('a task has finished when its data was dumped, else when it ended', () => {
  // c ended last, but its data was there before; b never dumped.
  const spans = [...task('c', 0, 9, 3), ...task('b', 0, 5)];
  expect(pathOf(spans, [])?.path).toEqual(['b']);
});

test('on a tie the first row decides, at the end of the path and at each source', () => {
  const spans = [...task('z', 0, 5, 5), ...task('y', 0, 5, 5), ...task('p', 0, 1, 1), ...task('q', 0, 1, 1)];
  expect(pathOf(spans, [lineageRow('z', 'q'), lineageRow('z', 'p')])?.path).toEqual(['q', 'z']);
});

test('a source that left no spans is not on the path', () => {
  expect(pathOf(task('a', 0, 1, 1), [lineageRow('a', 'gone')])?.path).toEqual(['a']);
});

test('a ring of lineage is cut and named', () => {
  const spans = [...task('a', 0, 1, 1), ...task('b', 1, 2, 2), ...task('c', 2, 3, 3)];
  const { summary, lineageCycles } = profileOf(spans, [lineageRow('c', 'b'), lineageRow('b', 'a'), lineageRow('a', 'c')]);
  expect(summary.critical_path?.path).toEqual(['a', 'b', 'c']);
  expect(lineageCycles).toEqual([['c', 'b', 'a']]);
});

test('what is its own source is cut there, and the other sources are followed', () => {
  const spans = [...task('a', 0, 1, 1), ...task('b', 1, 2, 2)];
  const { summary, lineageCycles } = profileOf(spans, [lineageRow('b', 'b'), lineageRow('b', 'a')]);
  expect(summary.critical_path?.path).toEqual(['a', 'b']);
  expect(lineageCycles).toEqual([['b']]);
});

test('a chain of 10,000 tasks with a ring at its end takes one walk', () => {
  const count = 10_000;
  const spans = Array.from({ length: count }, (_, place) => spanRow('task', `t${place}`, [place, place + 1]));
  const lineage = Array.from({ length: count }, (_, place) => lineageRow(`t${place}`, `t${place === 0 ? 9 : place - 1}`));
  const { summary, lineageCycles } = profileOf(spans, lineage);
  expect(summary.critical_path?.path).toHaveLength(count);
  expect(lineageCycles).toEqual([['t0', 't9', 't8', 't7', 't6', 't5', 't4', 't3', 't2', 't1']]);
});

test('the breakdown of the path takes the spans of batch owners too, from the end of the path to its start', () => {
  const network = { type: 'network' };
  const spans = [
    spanRow('read', 'a', [0, 1], network),
    ...task('a', 0, 2, 2),
    spanRow('load', 'owner', [0, 3], { batch: 'owner' }),
    spanRow('fetch', 'owner', [0, 0.5], network),
    spanRow('load', 'stranger', [0, 7], { batch: 'stranger' }),
    spanRow('generate', 'b', [3, 5], { batch: 'owner' }),
    spanRow('write', 'b', [4, 5], network),
    ...task('b', 3, 9, 9),
  ];
  expect(pathOf(spans, [lineageRow('b', 'a')])).toMatchObject({
    path: ['a', 'b'],
    hardware_summary: { event_type: ['generate', 'load'], total_seconds: [2, 3] },
    network_summary: { event_type: ['dump to storage', 'write', 'read', 'fetch'], count: [2, 1, 1, 1] },
    total_network_seconds: 8,
  });
});

test('a merged child without a task span is on the path by its own dump', () => {
  const spans = [
    ...task('parent', 0, 10),
    spanRow('queuing for execution', 'child', [1, 1], { type: 'marker' }),
    spanRow('dump to storage', 'child', [9, 11]),
    ...task('after', 12, 13, 13),
  ];
  const { summary } = profileOf(spans, [lineageRow('after', 'child')]);
  expect(summary.critical_path).toMatchObject({ path: ['child', 'after'], critical_path_seconds: 12 });
  expect(summary.per_data_id.find(({ data_id }) => data_id === 'after')).toMatchObject({ queuing_delay_seconds: 1 });
});
