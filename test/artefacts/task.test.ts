import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { asset, lineageFrom, marker, phase, task } from '../../src/artefacts/index.js';
import { bindContext } from '../../src/interceptors/bind-context.js';
import type { JsonlRow } from '../../src/wire/jsonl-row.js';
import { defer } from '../helpers/deferred.js';
import { readAllRows, readRows, spanRow, startRecorder } from './task-rows.js';

const WORKFLOW = 'wfl-FBAD6BE5-c443-4181-a2d3-94eac830dea1';

describe('a task', () => {
  it('writes rows of spans, assets and lineage in the shape of the format', async () => {
    const { recorder, folder } = startRecorder();
    await recorder.run(() =>
      task('doc-7', { ownerId: 'alice', workflowId: WORKFLOW, executorName: 'answers', attributes: { pages: 3 } }, async () => {
        await phase('inference', { type: 'compute', attributes: { model: 'small' } }, async () => {
          marker('first token');
          await setImmediate();
        });
        await phase('dump to storage', { type: 'network', payloadBytes: 40 }, async () => setImmediate());
        asset({ guid: 'answer-7', version: 2 });
        lineageFrom(['doc-3', 'doc-4', 'doc-3']);
      }),
    );
    await recorder.flush();
    const rows = readRows(folder, 'doc-7');
    // Written when a span ends: children before parents.
    expect(rows.spans.map((row) => row.name)).toEqual(['first token', 'inference', 'dump to storage', 'task']);
    const root = spanRow(rows, 'task');
    expect(root).toEqual({
      name: 'task',
      context: {
        trace_id: '0xfbad6be5c4434181a2d394eac830dea1',
        span_id: expect.stringMatching(/^0x[0-9a-f]{16}$/),
        trace_state: '[]',
      },
      kind: 'SpanKind.INTERNAL',
      parent_id: null,
      start_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      end_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      status: { status_code: 'OK' },
      attributes: {
        pages: 3,
        'flowmesh.type': 'compute',
        data_id: 'doc-7',
        batch_id: 'doc-7',
        workflow_id: WORKFLOW,
        user_id: 'alice',
        'executor.name': 'answers',
      },
      events: [],
      links: [],
      resource: { attributes: { 'service.name': 'tested' }, schema_url: '' },
    });
    const inference = spanRow(rows, 'inference');
    expect(inference.parent_id).toBe(root.context.span_id);
    expect(inference.attributes).toEqual({ model: 'small', 'flowmesh.type': 'compute', data_id: 'doc-7', batch_id: 'doc-7' });
    const token = spanRow(rows, 'first token');
    expect(token.parent_id).toBe(inference.context.span_id);
    expect(token.attributes).toEqual({ 'flowmesh.type': 'marker', data_id: 'doc-7' });
    expect(token.end_time).toBe(token.start_time);
    expect(spanRow(rows, 'dump to storage').attributes).toEqual({
      payload_bytes: 40,
      'flowmesh.type': 'network',
      data_id: 'doc-7',
    });
    expectInside(rows.spans);
    const created = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(rows.assets).toEqual([
      { data_id: 'doc-7', asset_guid: 'answer-7', version: 2, user_id: 'alice', created_at: created },
    ]);
    // One row a source.
    expect(rows.lineage).toEqual([
      { data_id: 'doc-7', source_data_id: 'doc-3', created_at: created },
      { data_id: 'doc-7', source_data_id: 'doc-4', created_at: created },
    ]);
  });

  it('has rows with the keys that files of the format have', async () => {
    const { recorder, folder } = startRecorder();
    await recorder.run(() =>
      task('a', { ownerId: 'alice' }, async () => {
        phase('model load', { type: 'compute' }, () => 1);
        asset({ guid: 'g' });
        lineageFrom('b');
      }),
    );
    await recorder.flush();
    const ours = readRows(folder, 'a');
    for (const type of ['spans', 'assets', 'lineage'] as const) {
      const fixture = new URL(`../fixtures/flowmesh/two_branch_synthesis/${type}.jsonl`, import.meta.url);
      const theirs = JSON.parse(readFileSync(fixture, 'utf8').split('\n')[0] as string) as object;
      expect(Object.keys(ours[type][0] as object)).toEqual(expect.arrayContaining(Object.keys(theirs)));
    }
    const load = spanRow(ours, 'model load');
    expect(load.attributes).toEqual({ data_id: 'a', 'flowmesh.type': 'compute', batch_id: 'a' });
  });

  it('returns what the body returns: a value, the very promise, and throws what it throws', async () => {
    const { recorder } = startRecorder();
    await recorder.run(async () => {
      expect(task('value', () => 5)).toBe(5);
      const promise = Promise.resolve(6);
      expect(task('promise', () => promise)).toBe(promise);
      expect(task('phases', () => phase('inner', { type: 'compute' }, () => promise))).toBe(promise);
      const error = new RangeError('no');
      expect(() =>
        task('throws', () => {
          throw error;
        }),
      ).toThrow(error);
      await expect(task('rejects', () => Promise.reject(error))).rejects.toBe(error);
    });
  });

  it('that throws has an error status and its assets, and no lineage', async () => {
    const { recorder, folder } = startRecorder();
    const body = async (): Promise<void> => {
      lineageFrom('source');
      asset({ guid: 'half done' });
      await phase('inference', { type: 'compute' }, async () => {
        throw new RangeError('no room');
      });
    };
    await expect(recorder.run(() => task('failing', body))).rejects.toThrow('no room');
    recorder.run(() =>
      task('judged', (span) => {
        lineageFrom('source');
        span.setStatus('ERROR', 'found nothing');
      }),
    );
    await recorder.flush();
    const rows = readRows(folder, 'failing');
    expect(spanRow(rows, 'task').status).toEqual({ status_code: 'ERROR', description: 'no room' });
    expect(spanRow(rows, 'inference').status.status_code).toBe('ERROR');
    expect(spanRow(rows, 'inference').attributes['error.type']).toBe('RangeError');
    expect(rows.assets).toHaveLength(1);
    expect(rows.lineage).toEqual([]);
    const judged = readRows(folder, 'judged');
    expect(spanRow(judged, 'task').status).toEqual({ status_code: 'ERROR', description: 'found nothing' });
    expect(judged.lineage).toEqual([]);
  });

  it('ends with phases that nobody ended, the innermost first', async () => {
    const { recorder, folder } = startRecorder();
    const open = defer();
    recorder.run(() =>
      task('left', () => void phase('outer', { type: 'compute' }, () => phase('inner', { type: 'network' }, () => open.promise))),
    );
    await recorder.flush();
    open.resolve();
    const { spans } = readRows(folder, 'left');
    expect(spans.map((row) => row.name)).toEqual(['inner', 'outer', 'task']);
    expect(spans[0]).toMatchObject({
      status: { status_code: 'UNSET', description: 'left open by the task' },
    });
    expectInside(spans);
  });

  it('keeps apart tasks that run at once, with the phases of each', async () => {
    const { recorder, folder } = startRecorder();
    const ids = Array.from({ length: 20 }, (_, index) => `task-${index}`);
    await recorder.run(() =>
      Promise.all(
        ids.map((id) =>
          task(id, { ownerId: `owner of ${id}` }, async () => {
            await Promise.all(
              ['a', 'b', 'c'].map((name) =>
                phase(`${name} of ${id}`, { type: 'compute' }, async () => {
                  await setImmediate();
                  await phase(`deep ${name} of ${id}`, { type: 'network' }, async () => setImmediate());
                }),
              ),
            );
            asset({ guid: `made by ${id}` });
          }),
        ),
      ),
    );
    await recorder.flush();
    const all = readAllRows(folder);
    expect([...all.keys()].sort()).toEqual([...ids].sort());
    for (const [id, rows] of all) {
      expect(rows.spans).toHaveLength(7);
      for (const row of rows.spans) {
        expect(row.attributes['data_id']).toBe(id);
        expect(row.context.trace_id).toBe(rows.spans[0]?.context.trace_id);
        expect(row.name === 'task' || row.name.endsWith(` of ${id}`)).toBe(true);
        if (!row.name.startsWith('deep ')) continue;
        expect(row.parent_id).toBe(spanRow(rows, row.name.slice('deep '.length)).context.span_id);
      }
      expect(rows.assets).toMatchObject([{ asset_guid: `made by ${id}`, user_id: `owner of ${id}` }]);
    }
    const spanIds = [...all.values()].flatMap(({ spans }) => spans.map((row) => row.context.span_id));
    expect(new Set(spanIds).size).toBe(20 * 7);
  });

  it('within another is a task of its own, in the same trace', async () => {
    const { recorder, folder } = startRecorder();
    await recorder.run(() =>
      task('outer', async () => {
        await phase('around', { type: 'compute' }, () =>
          task('inner', () => phase('within', { type: 'compute' }, async () => lineageFrom('outer'))),
        );
        marker('after');
      }),
    );
    await recorder.flush();
    const [outer, inner] = [readRows(folder, 'outer'), readRows(folder, 'inner')];
    expect(outer.spans.map((row) => row.name)).toEqual(['around', 'after', 'task']);
    expect(inner.spans.map((row) => row.name)).toEqual(['within', 'task']);
    expect(spanRow(inner, 'task')).toMatchObject({
      parent_id: null,
      context: { trace_id: spanRow(outer, 'task').context.trace_id },
    });
    expect(inner.lineage).toMatchObject([{ data_id: 'inner', source_data_id: 'outer' }]);
    expect(outer.lineage).toEqual([]);
  });

  it('is the parent of phases that are opened in a pool and in an emitter, bound to it', async () => {
    const { recorder, folder } = startRecorder();
    const emitter = new EventEmitter();
    const pool: (() => void)[] = [];
    const done = defer();
    const running = recorder.run(() =>
      task('bound', async () => {
        await phase('fetch', { type: 'network' }, async () => {
          emitter.on(
            'chunk',
            bindContext(() => phase('chunk', { type: 'compute' }, () => marker('parsed'))),
          );
          emitter.on('unbound', () => phase('unbound', { type: 'compute' }, () => 1));
          pool.push(bindContext(() => phase('pooled', { type: 'compute' }, () => asset({ guid: 'from the pool' }))));
          await done.promise;
        });
      }),
    );
    // From outside of the task, as a pool that was made before calls back.
    emitter.emit('chunk');
    recorder.run(() => emitter.emit('unbound'));
    for (const job of pool) job();
    done.resolve();
    await running;
    await recorder.flush();
    const rows = readRows(folder, 'bound');
    const fetch = spanRow(rows, 'fetch').context.span_id;
    expect(spanRow(rows, 'chunk').parent_id).toBe(fetch);
    expect(spanRow(rows, 'parsed').parent_id).toBe(spanRow(rows, 'chunk').context.span_id);
    expect(spanRow(rows, 'pooled').parent_id).toBe(fetch);
    expect(rows.assets).toMatchObject([{ asset_guid: 'from the pool', data_id: 'bound' }]);
    expect(rows.spans.some((row) => row.name === 'unbound')).toBe(false);
    expect(recorder.stats().dropped.outside_task).toBe(1);
  });

  it('has its rows on the disk while it still runs', async () => {
    const { recorder, folder } = startRecorder();
    const going = defer();
    const running = recorder.run(() =>
      task('running', async () => {
        phase('first', { type: 'compute' }, () => 1);
        await going.promise;
      }),
    );
    await recorder.flush();
    expect.soft(recorder.stats()).toMatchObject({ tasksStarted: 1, tasksClosed: 0 });
    await expect.poll(() => readRows(folder, 'running').spans.map((row) => row.name)).toEqual(['first']);
    going.resolve();
    await running;
  });
});

/** Every span lies within its parent, which has its row behind it. */
function expectInside(spans: readonly JsonlRow[]): void {
  for (const [index, row] of spans.entries()) {
    expect((row.end_time ?? '') >= row.start_time).toBe(true);
    if (row.parent_id === null) continue;
    const parent = spans.findIndex((other) => other.context.span_id === row.parent_id);
    expect(parent).toBeGreaterThan(index);
    expect(row.start_time >= (spans[parent]?.start_time ?? '~')).toBe(true);
    expect((row.end_time ?? '~') <= (spans[parent]?.end_time ?? '')).toBe(true);
  }
}
