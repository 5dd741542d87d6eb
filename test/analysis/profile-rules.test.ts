import { expect, test } from 'vitest';
import { type Profile, ProfileAccumulator } from '../../src/analysis/profile-accumulator.js';
import type { ProfileSummary } from '../../src/wire/profile-summary.js';
import { at, lineageRow, spanRow } from './rows.js';

function profileOf(spans: readonly unknown[], lineage: readonly unknown[] = [], assets: readonly unknown[] = []): Profile {
  const rows = new ProfileAccumulator();
  for (const row of spans) rows.addSpan(row);
  for (const row of lineage) rows.addLineage(row);
  for (const row of assets) rows.addAsset(row);
  return rows.profile();
}

const summaryOf = (...rows: Parameters<typeof profileOf>): ProfileSummary => profileOf(...rows).summary;
const timingOf = (summary: ProfileSummary, dataId: string) => summary.per_data_id.find(({ data_id }) => data_id === dataId);

test('no rows give empty lists, zeros and no critical path', () => {
  const { summary } = profileOf([]);
  expect(summary).toMatchObject({ workflow_id: null, event_count: 0, data_ids: [], per_data_id: [], critical_path: null });
  expect(summary.e2e_breakdown).toMatchObject({ workflow_duration_seconds: 0, total_network_seconds: 0 });
});

test.each([
  ['no object', 'text'],
  ['a list', []],
  ['nothing', null],
  ['no name', { ...spanRow('a', 'd', [0, 1]), name: undefined }],
  ['a name that is a number', { ...spanRow('a', 'd', [0, 1]), name: 7 }],
  ['no context', { ...spanRow('a', 'd', [0, 1]), context: undefined }],
  ['a context without a span id', { ...spanRow('a', 'd', [0, 1]), context: { trace_id: '0xab' } }],
  ['a parent that is a number', { ...spanRow('a', 'd', [0, 1]), parent_id: 12 }],
  ['no start', { ...spanRow('a', 'd', [0, 1]), start_time: undefined }],
  ['no end: it is open', { ...spanRow('a', 'd', [0, 1]), end_time: null }],
  ['an end that is no time', { ...spanRow('a', 'd', [0, 1]), end_time: 'yesterday' }],
  ['a day that is none', { ...spanRow('a', 'd', [0, 1]), start_time: '2026-02-29T00:00:00Z' }],
  ['a status that is text', { ...spanRow('a', 'd', [0, 1]), status: 'OK' }],
  ['attributes that are null', { ...spanRow('a', 'd', [0, 1]), attributes: null }],
  ['an unknown type', spanRow('a', 'd', [0, 1], { type: 'storage' })],
  ['a data_id that is a number', { ...spanRow('a', 'd', [0, 1]), attributes: { data_id: 7 } }],
])('a span row is dropped and counted that has %s', (_fault, row) => {
  const { summary, droppedRows } = profileOf([row, spanRow('task', 'good', [0, 1])]);
  expect(summary).toMatchObject({ event_count: 1, data_ids: ['good'] });
  expect(droppedRows).toEqual({ spans: 1, assets: 0, lineage: 0 });
});

test('what a row may leave out, and what it may have besides, is no fault', () => {
  const row = { name: 'a', context: { trace_id: 'x', span_id: 'y' }, start_time: at(0), end_time: at(1), more: { deep: [1] } };
  expect(profileOf([row, { ...row, attributes: { data_id: null, 'flowmesh.type': null } }])).toMatchObject({
    summary: { event_count: 2, data_ids: [] },
    droppedRows: { spans: 0 },
  });
});

test('a row without data_id counts as an event and in nothing else', () => {
  const summary = summaryOf([spanRow('task', undefined, [0, 9]), spanRow('load', '', [0, 9]), spanRow('task', 'a', [1, 2])]);
  expect(summary).toMatchObject({ event_count: 3, data_ids: ['a'] });
  expect(summary.e2e_breakdown).toMatchObject({ workflow_duration_seconds: 1, hardware_summary: { event_type: [] } });
});

test('data ids are sorted by code unit, not by the rules of a language', () => {
  const ids = ['b', 'B', 'ä', 'a', 'a-10', 'a-9'];
  const summary = summaryOf(ids.map((id) => spanRow('task', id, [0, 1])));
  expect(summary.data_ids).toEqual(['B', 'a', 'a-10', 'a-9', 'b', 'ä']);
  expect(summary.per_data_id.map(({ data_id }) => data_id)).toEqual(summary.data_ids);
});

test('a task starts and ends with its task span, the one without a parent first, of several the earliest', () => {
  const nested = spanRow('task', 'a', [0, 9], { parent: '0x1' });
  const rows = [nested, spanRow('task', 'a', [3, 5]), spanRow('task', 'a', [2, 4]), spanRow('load', 'a', [1, 8])];
  expect(timingOf(summaryOf(rows), 'a')).toMatchObject({
    start_time: '2026-04-29T00:00:02Z',
    end_time: '2026-04-29T00:00:04Z',
    duration_seconds: 2,
  });
  expect(timingOf(summaryOf([nested, spanRow('load', 'a', [1, 12])]), 'a')).toMatchObject({ duration_seconds: 9 });
});

test('without a task span a task is as long as all its spans, markers too', () => {
  const rows = [spanRow('queuing for execution', 'a', [1, 1], { type: 'marker' }), spanRow('dump to storage', 'a', [4, 6.5])];
  expect(timingOf(summaryOf(rows), 'a')).toMatchObject({
    start_time: '2026-04-29T00:00:01Z',
    end_time: '2026-04-29T00:00:06.500000Z',
    duration_seconds: 5.5,
  });
});

test('microseconds stay whole at the size of today’s times', () => {
  const row = {
    ...spanRow('task', 'a', [0, 0]),
    start_time: '2026-04-29T00:00:00.000001Z',
    end_time: '2026-04-29T00:00:00.300002+00:00',
  };
  expect(timingOf(summaryOf([row]), 'a')).toMatchObject({
    start_time: '2026-04-29T00:00:00.000001Z',
    end_time: '2026-04-29T00:00:00.300002Z',
    duration_seconds: 0.300001,
  });
});

test('a task waits for the latest dump of its parents, never less than nothing', () => {
  const parents = [
    spanRow('task', 'p', [0, 3]),
    spanRow('dump to storage', 'p', [1, 2]),
    spanRow('dump to storage', 'p', [1, 2.5]),
    spanRow('task', 'q', [0, 9]),
    spanRow('dump to storage', 'q', [0, 1]),
  ];
  const lineage = [lineageRow('late', 'q'), lineageRow('late', 'p'), lineageRow('early', 'p')];
  const summary = summaryOf([...parents, spanRow('task', 'late', [4, 5]), spanRow('task', 'early', [2, 5])], lineage);
  expect(timingOf(summary, 'late')).toMatchObject({
    queuing_delay_seconds: 1.5,
    parent_data_ids: ['q', 'p'],
    blocking_parent_data_id: 'p',
  });
  expect(timingOf(summary, 'early')).toMatchObject({ queuing_delay_seconds: 0, blocking_parent_data_id: 'p' });
});

test('a parent without a dump is not waited for, nor one that is not there; on a tie the first row of lineage wins', () => {
  const spans = [
    spanRow('task', 'undumped', [0, 4]),
    spanRow('dump to storage', 'x', [0, 2]),
    spanRow('dump to storage', 'y', [0, 2]),
    spanRow('task', 'a', [5, 6]),
    spanRow('task', 'b', [5, 6]),
  ];
  const lineage = [lineageRow('a', 'undumped'), lineageRow('a', 'gone'), lineageRow('b', 'y'), lineageRow('b', 'x')];
  const summary = summaryOf(spans, lineage);
  expect(timingOf(summary, 'a')).toMatchObject({
    queuing_delay_seconds: 0,
    parent_data_ids: ['undumped', 'gone'],
    blocking_parent_data_id: null,
  });
  expect(timingOf(summary, 'b')).toMatchObject({ queuing_delay_seconds: 3, blocking_parent_data_id: 'y' });
});

test('the hardware total sums what has a batch; count, average, shortest and longest are over all', () => {
  const { hardware_summary } = summaryOf([
    spanRow('task', 'a', [0, 9]),
    spanRow('load', 'a', [0, 1], { batch: 'a' }),
    spanRow('load', 'a', [0, 4]),
    spanRow('load', 'b', [0, 2], { batch: 'a' }),
    spanRow('queued', 'a', [0, 1], { type: 'marker' }),
    spanRow('untyped', 'a', [0, 1], { type: null }),
  ]).e2e_breakdown;
  expect(hardware_summary).toEqual({
    event_type: ['load'],
    count: [3],
    total_seconds: [3],
    avg_seconds: [7 / 3],
    min_seconds: [1],
    max_seconds: [4],
  });
});

test('the network total is the time that at least one took, per name and over all; touching ones merge', () => {
  const network = { type: 'network' };
  const { network_summary, total_network_seconds } = summaryOf([
    spanRow('read', 'a', [3, 4], network),
    spanRow('read', 'a', [0, 2], network),
    spanRow('read', 'b', [1, 3], network),
    spanRow('read', 'b', [8, 9], network),
    spanRow('write', 'b', [3.5, 6], network),
  ]).e2e_breakdown;
  expect(network_summary).toMatchObject({ event_type: ['read', 'write'], count: [4, 1], total_seconds: [5, 2.5] });
  expect(network_summary.avg_seconds).toEqual([1.5, 2.5]);
  expect(total_network_seconds).toBe(7);
});

test('names stand by task in order of first rows, and within a task by first start, then row', () => {
  const network = { type: 'network' };
  const { network_summary } = summaryOf([
    spanRow('z', 'second', [5, 6], network),
    spanRow('y', 'first', [1, 2], network),
    spanRow('x', 'second', [4, 5], network),
    spanRow('w', 'second', [4, 9], network),
  ]).e2e_breakdown;
  expect(network_summary.event_type).toEqual(['x', 'w', 'z', 'y']);
});

test('the workflow lasts from the earliest start of a task span to the latest end of one', () => {
  const rows = [spanRow('task', 'a', [2, 3]), spanRow('task', 'b', [1, 2]), spanRow('load', 'a', [0, 9])];
  expect(summaryOf(rows).e2e_breakdown.workflow_duration_seconds).toBe(2);
  expect(summaryOf([spanRow('load', 'a', [0, 9])]).e2e_breakdown.workflow_duration_seconds).toBe(0);
});

test('an asset stands once: its latest is the highest version, the last row on a tie, and versions counts rows', () => {
  const asset = (guid: string, version: unknown, dataId: string) => ({
    asset_guid: guid,
    version,
    data_id: dataId,
    user_id: 'u',
    created_at: at(0),
  });
  const { summary, droppedRows } = profileOf(
    [],
    [],
    [
      asset('g', 2, 'a'),
      asset('h', '1', 'b'),
      asset('g', 1, 'c'),
      asset('g', 2, 'd'),
      asset('', 1, 'e'),
      asset('g', 'x', 'f'),
      {},
      'no',
    ],
  );
  expect(summary.assets).toMatchObject([
    { asset_guid: 'g', latest_data_id: 'd', latest_version: 2, versions: 3 },
    { asset_guid: 'h', latest_data_id: 'b', latest_version: 1, versions: 1 },
  ]);
  expect(droppedRows.assets).toBe(4);
  expect(summaryOf([], [], [{ asset_guid: 'g' }]).assets).toEqual([
    { asset_guid: 'g', latest_data_id: '', latest_version: 0, user_id: '', versions: 1, created_at: null },
  ]);
});

test('a row of lineage without one of its ends is dropped; a repeated one stands twice', () => {
  const rows = [
    lineageRow('a', 'b'),
    lineageRow('a', 'b'),
    { data_id: 'a' },
    { source_data_id: 'a' },
    { data_id: '', source_data_id: 'b' },
  ];
  const { summary, droppedRows } = profileOf([spanRow('task', 'a', [0, 1])], rows);
  expect(summary.lineage).toHaveLength(2);
  expect(summary.per_data_id[0]?.parent_data_ids).toEqual(['b', 'b']);
  expect(droppedRows.lineage).toBe(3);
});
