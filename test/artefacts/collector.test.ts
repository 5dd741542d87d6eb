import { describe, expect, it } from 'vitest';
import { asset, lineageFrom, phase, task } from '../../src/artefacts/index.js';
import { CollectorClient } from '../../src/client/collector-client.js';
import { SILENT, startCollector } from '../server/running-collector.js';
import { startNode } from '../processors/child-process.js';
import { readRows, startRecorder, temporaryFolder } from './task-rows.js';

const KEYS = { apiKey: 'key-of-the-account', accountId: 'acct-test' } as const;
const WORKFLOW = 'wfl-fbad6be5-c443-4181-a2d3-94eac830dea1';

/** A collector that asks for a key, and a client that has it. */
async function startKeyedCollector() {
  const { url } = await startCollector({ keys: [{ accountId: KEYS.accountId, keys: [KEYS.apiKey] }], logger: SILENT });
  return { url, client: new CollectorClient({ baseUrl: url, ...KEYS }) };
}

async function rowsAt(client: CollectorClient, type: 'spans' | 'assets' | 'lineage', workflowId: string): Promise<string[]> {
  const rows: string[] = [];
  for await (const row of client.traces.fetch(type, workflowId)) rows.push(row);
  return rows;
}

describe('the collector', () => {
  it('has the rows of a merged execution as they were written, and answers their profile', async () => {
    const { url, client } = await startKeyedCollector();
    const { recorder, folder } = startRecorder({ server: url, ...KEYS, keepUploaded: true });
    const options = { ownerId: 'alice', workflowId: WORKFLOW } as const;
    await recorder.run(async () => {
      await task('source', options, () => phase('dump to storage', { type: 'network' }, async () => 1));
      await task('parent', { ...options, mergedChildren: ['child/1 ü'] }, async () => {
        phase('inference', { type: 'compute' }, () => 1);
        asset({ guid: 'answer', version: 2 });
        lineageFrom('source');
        lineageFrom('source', { dataId: 'child/1 ü' });
      });
    });
    await recorder.flush();
    expect(recorder.stats()).toMatchObject({ uploaded: 2, uploadsRefused: 0, uploadsPutOff: 0 });
    const written = [...readRows(folder, 'parent').spans, ...readRows(folder, 'source').spans].map((row) => JSON.stringify(row));
    expect(await rowsAt(client, 'spans', WORKFLOW)).toEqual(written);
    const { summary, droppedRows } = await client.traces.profile(WORKFLOW);
    expect(droppedRows).toEqual({ spans: 0, assets: 0, lineage: 0 });
    expect(summary.data_ids).toEqual(['child/1 ü', 'parent', 'source']);
    expect(summary.assets).toMatchObject([{ asset_guid: 'answer', latest_version: 2, user_id: 'alice' }]);
    expect(summary.per_data_id.map((timing) => timing.blocking_parent_data_id)).toEqual(['source', 'source', null]);
    expect(summary.e2e_breakdown.hardware_summary).toMatchObject({ event_type: ['inference'], count: [1] });
  });

  it.each(['a/../../b', '%2e%2e', '?workflow_id=other', '#', 'a b', '🙂', 'x'.repeat(512)])(
    'takes a task named %j under that name',
    async (id) => {
      const { url, client } = await startKeyedCollector();
      const { recorder } = startRecorder({ server: url, ...KEYS });
      recorder.run(() => task(id, { workflowId: id }, () => 1));
      await recorder.flush();
      expect(recorder.stats()).toMatchObject({ uploaded: 1, uploadsRefused: 0 });
      expect((await client.traces.analyze(id)).data_ids).toEqual([id]);
    },
  );

  it('refuses a task of another workflow for good, and a wrong key for now', async () => {
    const { url } = await startKeyedCollector();
    const { recorder } = startRecorder({ server: url, ...KEYS });
    await recorder.run(async () => {
      await task('once', { workflowId: 'first' }, async () => 1);
      await recorder.flush();
      await task('once', { workflowId: 'second' }, async () => 1);
    });
    await recorder.flush();
    expect(recorder.stats()).toMatchObject({ uploaded: 1, uploadsRefused: 1, waiting: 0 });
    const stranger = startRecorder({ server: url, ...KEYS, apiKey: 'another-key' });
    stranger.recorder.run(() => task('mine', { workflowId: 'w' }, () => 1));
    await stranger.recorder.flush();
    expect(stranger.recorder.stats()).toMatchObject({ uploadsRefused: 0, uploadsPutOff: 1, waiting: 1 });
  });

  it('takes the longest row that is written', async () => {
    const { url, client } = await startKeyedCollector();
    const { recorder } = startRecorder({ server: url, ...KEYS });
    const attributes = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`large ${index}`, Array.from({ length: 128 }, () => 'x'.repeat(4_096))]),
    );
    recorder.run(() => task('large', { workflowId: 'w', attributes }, () => 1));
    await recorder.flush(20_000);
    expect(recorder.stats()).toMatchObject({ uploaded: 1, uploadsRefused: 0 });
    const [row] = await rowsAt(client, 'spans', 'w');
    expect(row?.length).toBeGreaterThan(3.5 * 1_024 * 1_024);
    expect(row).toContain('everspan.truncated');
  });

  it('gets what a killed process left, and keeps what another worker has finished since', async () => {
    const { url, client } = await startKeyedCollector();
    const killed = async (): Promise<string> => {
      const folder = temporaryFolder();
      const child = startNode([new URL('./task-main.mjs', import.meta.url).pathname, folder]);
      expect(await child.nextLine()).toBe('written');
      child.process.kill('SIGKILL');
      await child.exit();
      return folder;
    };
    const pickUp = async (folder: string) => {
      const { recorder } = startRecorder({ folder, server: url, ...KEYS });
      recorder.start();
      await recorder.flush(20_000);
      return recorder.stats();
    };
    const namesThere = async (): Promise<string[]> =>
      (await rowsAt(client, 'spans', 'workflow of it')).map((row) => (JSON.parse(row) as { name: string }).name);
    const [early, late] = [await killed(), await killed()];
    expect(await pickUp(early)).toMatchObject({ pickedUp: 1, uploaded: 1 });
    expect(await namesThere()).toEqual(['before the kill']);

    const again = startRecorder({ server: url, ...KEYS });
    again.recorder.run(() =>
      task('crashed', { workflowId: 'workflow of it' }, () => phase('second try', { type: 'compute' }, () => 1)),
    );
    await again.recorder.flush();
    expect(await namesThere()).toEqual(['second try', 'task']);
    expect(await pickUp(late)).toMatchObject({ pickedUp: 1, superseded: 1, uploaded: 0 });
    expect(await namesThere()).toEqual(['second try', 'task']);
  });
});
