import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ProfileAccumulator } from '../../src/analysis/profile-accumulator.js';
import { asset, lineageFrom, marker, phase, task } from '../../src/artefacts/index.js';
import type { ProfileSummary } from '../../src/wire/profile-summary.js';
import { readAllRows, readRows, spanRow, startRecorder } from './task-rows.js';

describe('a merged execution', () => {
  it('gives each child a queuing marker, a dump, assets and lineage of its own, and no task span', async () => {
    const { recorder, folder } = startRecorder();
    await recorder.run(() =>
      task('parent', { mergedChildren: ['child-1', { dataId: 'child-2', ownerId: 'bob' }], ownerId: 'alice' }, async () => {
        phase('inference', { type: 'compute' }, () => 1);
        phase('read', { type: 'network' }, () => 1);
        for (const dataId of ['parent', 'child-1', 'child-2']) {
          phase('dump to storage', { type: 'network', dataId, payloadBytes: 10 }, () => {
            marker('written');
            asset({ guid: `answer of ${dataId}` });
            lineageFrom(`source of ${dataId}`);
          });
        }
      }),
    );
    await recorder.flush();
    const rows = readRows(folder, 'parent');
    expect(rows.spans.filter((row) => row.name === 'task')).toHaveLength(1);
    const root = spanRow(rows, 'task', 'parent');
    expect(root.attributes).toMatchObject({ batch_id: 'parent', user_id: 'alice' });
    // Every phase carries the parent's data id as its batch.
    for (const row of rows.spans) expect(row.attributes['batch_id']).toBe('parent');
    expect(rows.spans.some((row) => row.name === 'queuing for execution' && row.attributes['data_id'] === 'parent')).toBe(false);
    for (const dataId of ['child-1', 'child-2']) {
      const queuing = spanRow(rows, 'queuing for execution', dataId);
      expect(queuing.attributes).toEqual({ 'flowmesh.type': 'marker', data_id: dataId, batch_id: 'parent' });
      expect(queuing.end_time).toBe(queuing.start_time);
      expect(queuing.start_time >= root.start_time).toBe(true);
      const dump = spanRow(rows, 'dump to storage', dataId);
      expect(dump.attributes).toMatchObject({ 'flowmesh.type': 'network', payload_bytes: 10 });
      // What is inside of a child's phase is the child's.
      expect(spanRow(rows, 'written', dataId).parent_id).toBe(dump.context.span_id);
    }
    expect(rows.assets.map(({ data_id, asset_guid, user_id }) => [data_id, asset_guid, user_id])).toEqual([
      ['parent', 'answer of parent', 'alice'],
      ['child-1', 'answer of child-1', 'alice'],
      ['child-2', 'answer of child-2', 'bob'],
    ]);
    expect(rows.lineage.map(({ data_id, source_data_id }) => [data_id, source_data_id])).toEqual([
      ['parent', 'source of parent'],
      ['child-1', 'source of child-1'],
      ['child-2', 'source of child-2'],
    ]);
  });

  it('gives children that the body dumps nothing for the dump of the parent', async () => {
    const { recorder, folder } = startRecorder();
    await recorder.run(() =>
      task('parent', { mergedChildren: ['child'] }, () =>
        phase('dump to storage', { type: 'network', payloadBytes: 70 }, async () => setImmediate()),
      ),
    );
    await recorder.flush();
    const rows = readRows(folder, 'parent');
    const [own, child] = [spanRow(rows, 'dump to storage', 'parent'), spanRow(rows, 'dump to storage', 'child')];
    expect(child).toMatchObject({ start_time: own.start_time, end_time: own.end_time, parent_id: own.parent_id });
    expect(child.context.span_id).not.toBe(own.context.span_id);
    expect(child.attributes).toEqual({ 'flowmesh.type': 'network', data_id: 'child', batch_id: 'parent' });
  });

  it('that dumps nothing at all marks when the data of its children is ready; one that fails does not', async () => {
    const { recorder, folder } = startRecorder();
    await recorder.run(async () => {
      await task('fine', { mergedChildren: ['child of fine'] }, async () => 1);
      await task('bad', { mergedChildren: ['child of bad'] }, () => Promise.reject(new RangeError('no'))).catch(() => {});
    });
    await recorder.flush();
    const fine = readRows(folder, 'fine');
    expect(spanRow(fine, 'dump to storage', 'child of fine').attributes['flowmesh.type']).toBe('marker');
    const bad = readRows(folder, 'bad');
    expect(bad.spans.map((row) => row.name)).toEqual(['queuing for execution', 'task']);
  });

  it('takes each child once, and no other data ids', async () => {
    const { recorder, folder } = startRecorder();
    const mergedChildren = ['child', 'child', 'parent', '', '..'];
    recorder.run(() =>
      task('parent', { mergedChildren }, () => {
        phase('dump to storage', { type: 'network', dataId: 'stranger' }, () => asset({ guid: 'g', dataId: 'stranger' }));
        lineageFrom('a', { dataId: 'stranger' });
      }),
    );
    await recorder.flush();
    const rows = readRows(folder, 'parent');
    expect(rows.spans.map((row) => [row.name, row.attributes['data_id']])).toEqual([
      ['queuing for execution', 'child'],
      ['dump to storage', 'child'],
      ['task', 'parent'],
    ]);
    expect([rows.assets, rows.lineage]).toEqual([[], []]);
    expect(recorder.stats().dropped.invalid).toBe(4 + 3);
  });
});

describe('a marker', () => {
  it('is written only where no span of its name and data id has that instant', async () => {
    const { recorder, folder } = startRecorder();
    recorder.run(() =>
      task('parent', { mergedChildren: ['child'] }, () => {
        phase('dump to storage', { type: 'network' }, () => {
          marker('dump to storage');
          marker('other name');
          marker('dump to storage', { dataId: 'child' });
        });
      }),
    );
    await recorder.flush();
    const { spans } = readRows(folder, 'parent');
    expect(spans.map((row) => [row.name, row.attributes['data_id'], row.attributes['flowmesh.type']])).toEqual([
      ['queuing for execution', 'child', 'marker'],
      ['other name', 'parent', 'marker'],
      ['dump to storage', 'child', 'marker'],
      ['dump to storage', 'parent', 'network'],
      ['task', 'parent', 'compute'],
    ]);
  });
});

describe('the profile of what was written', () => {
  it('has the queuing delays, batch sums, assets and lineage of the tasks', async () => {
    const { recorder, folder } = startRecorder();
    await recorder.run(async () => {
      for (const id of ['left', 'right']) {
        await task(id, { ownerId: 'alice', workflowId: 'wfl-1' }, async () => {
          await phase('inference', { type: 'compute' }, async () => setImmediate());
          await phase('dump to storage', { type: 'network' }, async () => setImmediate());
          asset({ guid: `asset of ${id}`, version: 3 });
        });
      }
      await task('joined', { mergedChildren: ['twin'], ownerId: 'alice', workflowId: 'wfl-1' }, async () => {
        await phase('inference', { type: 'compute' }, async () => setImmediate());
        await phase('dump to storage', { type: 'network' }, async () => setImmediate());
        lineageFrom(['left', 'right']);
        lineageFrom('left', { dataId: 'twin' });
      });
    });
    await recorder.flush();
    const all = [...readAllRows(folder).values()];
    const profile = profileOf(all);
    expect(profile.event_count).toBe(3 + 3 + 5);
    expect(profile.data_ids).toEqual(['joined', 'left', 'right', 'twin']);

    const timing = new Map(profile.per_data_id.map((one) => [one.data_id, one]));
    const rows = readAllRows(folder);
    const seconds = (time: string | null): number => Number(time?.slice(17, 26)) + 60 * Number(time?.slice(14, 16));
    const dumpEnd = (id: string): number => seconds(spanRow(rows.get(id) as never, 'dump to storage', id).end_time);
    const joined = rows.get('joined') as never;
    const start = seconds(spanRow(joined, 'task').start_time);
    // The right one is dumped last, so the joined task waited for it.
    expect(timing.get('joined')).toMatchObject({ parent_data_ids: ['left', 'right'], blocking_parent_data_id: 'right' });
    expect(timing.get('joined')?.queuing_delay_seconds).toBeCloseTo(start - dumpEnd('right'), 6);
    expect(timing.get('joined')?.queuing_delay_seconds).toBeGreaterThan(0);
    // A child without a task span begins with its marker.
    const marked = seconds(spanRow(joined, 'queuing for execution', 'twin').start_time);
    expect(timing.get('twin')?.queuing_delay_seconds).toBeCloseTo(marked - dumpEnd('left'), 6);

    const { event_type: names, count, total_seconds: totals } = profile.e2e_breakdown.hardware_summary;
    expect([names, count]).toEqual([['inference'], [3]]);
    const lengths = all.flatMap(({ spans }) => spans.filter((row) => row.name === 'inference'));
    const total = lengths.reduce((sum, row) => sum + seconds(row.end_time) - seconds(row.start_time), 0);
    expect(totals[0]).toBeCloseTo(total, 6);
    expect(profile.assets).toMatchObject([
      { asset_guid: 'asset of left', latest_version: 3, user_id: 'alice' },
      { asset_guid: 'asset of right', latest_version: 3, user_id: 'alice' },
    ]);
    expect(profile.lineage).toHaveLength(3);
    expect(['joined', 'twin']).toContain(profile.critical_path?.path.at(-1));
  });
});

function profileOf(all: readonly ReturnType<typeof readRows>[]): ProfileSummary {
  const profile = new ProfileAccumulator();
  for (const { spans, assets, lineage } of all) {
    for (const row of spans) expect(profile.addSpan(row)).toBe(true);
    for (const row of assets) expect(profile.addAsset(row)).toBe(true);
    for (const row of lineage) expect(profile.addLineage(row)).toBe(true);
  }
  return profile.profile('wfl-1').summary;
}
