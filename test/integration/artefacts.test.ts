import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { ProfileAccumulator } from '../../src/analysis/profile-accumulator.js';
import type { JsonlRow } from '../../src/wire/jsonl-row.js';
import { type CollectorDouble, startCollectorDouble } from '../artefacts/collector-double.js';
import { temporaryFolder } from '../artefacts/task-rows.js';
import { describeWith } from '../helpers/servers.js';
import { connectClient, temporalAddress, uniqueQueue } from '../helpers/temporal.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { startNode } from '../processors/child-process.js';
import { asset, lineageFrom, phase, task } from '../../src/artefacts/index.js';
import { answerAll } from './workflows/answer-documents.js';

const WORKER = new URL('./artefact-worker-main.mjs', import.meta.url).pathname;

let bundle: WorkflowBundle;
beforeAll(async () => {
  bundle = await bundleTracedWorkflows('answer-documents');
});

describeWith('temporalServer')('artefacts of an activity', () => {
  test('are uploaded as its workflow’s, and in the trace under the attempt', async () => {
    const collector = await startCollectorDouble();
    const artefacts = { folder: temporaryFolder(), server: collector.url, apiKey: 'key', accountId: 'account' };
    const activities = {
      answerDocuments: async (ids: readonly string[]): Promise<number> =>
        task('doc', { mergedChildren: ['twin'], ownerId: 'alice' }, async () => {
          await phase('inference', { type: 'compute' }, async () => 1);
          asset({ guid: 'answer' });
          lineageFrom('source');
          return ids.length;
        }),
    };
    const traced = await startTracedWorker({ bundle, activities, everspan: { artefacts } });
    const handle = await traced.start(answerAll, [['doc', 'twin']]);
    expect(await handle.result()).toBe(2);
    const memory = await traced.finish();

    const workflow = `workflow_id=${encodeURIComponent(handle.workflowId)}`;
    expect(collector.requests.map(({ url }) => url)).toEqual(
      ['spans', 'assets', 'lineage'].map((type) => `/traces/tasks/doc/${type}?${workflow}`),
    );
    expect(collector.requests[0]?.headers).toMatchObject({ 'x-api-key': 'key', 'x-selected-account-id': 'account' });
    const rows = rowsOf(collector, 'doc');
    const root = rows.find((row) => row.name === 'task');
    expect(root?.attributes).toMatchObject({
      workflow_id: handle.workflowId,
      'executor.name': 'answerDocuments',
      user_id: 'alice',
    });
    const spans = memory.spans();
    const attempt = spans.find((span) => span.type === 'attempt');
    const ofTrace = spans.find((span) => span.type === 'task');
    expect(ofTrace).toMatchObject({ parentId: attempt?.spanId, traceId: attempt?.traceId });
    expect(root?.context).toMatchObject({ trace_id: `0x${ofTrace?.traceId}`, span_id: `0x${ofTrace?.spanId}` });
    expect(traced.plugin.stats().artefacts).toMatchObject({ tasksClosed: 1, uploaded: 1, waiting: 0 });
  });

  test('outlive a worker that is killed in mid-task: what it wrote is uploaded at the next start, then the whole task', async () => {
    const collector = await startCollectorDouble();
    const root = temporaryFolder();
    const [folder, bundlePath, taskQueue] = [join(root, 'artefacts'), join(root, 'bundle.js'), uniqueQueue('artefacts')];
    writeFileSync(bundlePath, bundle.code);
    const startWorker = async () => {
      const artefacts = { folder, server: collector.url, retryLaterMs: 500 };
      const worker = startNode([WORKER, JSON.stringify({ address: temporalAddress(), taskQueue, bundlePath, artefacts })]);
      expect(await worker.nextLine()).toBe('ready');
      return worker;
    };
    const client = await connectClient();
    const first = await startWorker();
    const handle = await client.workflow.start('answerAll', {
      workflowId: taskQueue,
      taskQueue,
      args: [['doc', 'twin-1', 'twin-2']],
    });
    const assets = join(folder, 'doc', 'logs', 'assets.jsonl');
    const spans = join(folder, 'doc', 'logs', 'spans.jsonl');
    const isWritten = (path: string): boolean => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n');
    await expect
      .poll(() => isWritten(assets) && readFileSync(spans, 'utf8').includes('inference'), { timeout: 30_000 })
      .toBe(true);
    first.process.kill('SIGKILL');
    await first.exit();
    expect(collector.requests).toEqual([]);

    const second = await startWorker();
    expect(await handle.result()).toBe(3);
    second.process.kill('SIGTERM');
    expect(await second.exit()).toBe(0);

    const uploads = collector.requests.filter(({ method, url }) => method === 'POST' && url.includes('/spans?'));
    expect(uploads).toHaveLength(2);
    const [crashed, whole] = uploads.map(({ body }) => namesIn(body));
    // Up to the kill: no task, as nobody ended it.
    expect(crashed).toEqual([...Array<string>(2).fill('queuing for execution'), 'first token', 'inference']);
    expect(whole).toEqual([...(crashed ?? []), ...Array<string>(3).fill('dump to storage'), 'task']);
    expect(collector.files.get('doc/lineage')).toContain('"source_data_id":"source"');

    const profile = new ProfileAccumulator();
    for (const row of rowsOf(collector, 'doc')) expect(profile.addSpan(row)).toBe(true);
    const { per_data_id, e2e_breakdown } = profile.profile(handle.workflowId).summary;
    expect(per_data_id.map((timing) => timing.data_id)).toEqual(['doc', 'twin-1', 'twin-2']);
    expect(e2e_breakdown.hardware_summary).toMatchObject({ event_type: ['inference'], count: [1] });
  });
});

function rowsOf(collector: CollectorDouble, taskId: string): JsonlRow[] {
  const lines = (collector.files.get(`${taskId}/spans`) ?? '').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as JsonlRow);
}

function namesIn(body: string): string[] {
  return body
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as JsonlRow).name);
}
