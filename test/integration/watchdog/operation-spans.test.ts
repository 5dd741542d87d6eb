import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { PROGRESS_TIMEOUT_MS } from '../../../src/operation/operation-limits.js';
import type { Span } from '../../../src/span/span.js';
import { MemoryOperationStore } from '../../../src/state/memory-operation-store.js';
import { sweep } from '../../../src/watchdog/sweep.js';
import { startOperationWorker } from '../../helpers/operation-worker.js';
import { describeWith } from '../../helpers/servers.js';
import { bundleTracedWorkflows } from '../../helpers/traced-worker.js';
import { operateAndGoOn, operateAndReturn, operateAndWait } from '../workflows/watched-operations.js';
import { sweepTools, WatchedIndex, watchedOptions } from './watched.js';

const SETTINGS = { settings: { graceMs: 0 } };

describeWith('temporalServer')('the span of an operation', () => {
  let bundle: WorkflowBundle;
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('watched-operations');
  });

  test('ends with the operation, at once where the server closed its run', async () => {
    const { worker, store, index, parts } = await operatedWorker(bundle);
    const handle = await worker.start(operateAndWait, []);
    await worker.memory.waitFor((spans) => spans.some((span) => span.type === 'timer'));
    await handle.terminate();
    expect(await sweep(parts, SETTINGS)).toMatchObject({ operationsOrphaned: 1 });
    const span = operationSpan(worker.memory.spans());
    expect(worker.memory.open()).toEqual([]);
    expect(span).toMatchObject({ status: 'ERROR', statusMessage: expect.stringMatching(/was closed as TERMINATED$/) });
    expect(await store.get(String(span.attributes['everspan.operation.id']))).toMatchObject({ state: 'ERRORED' });
    expect((await index.runs({ limit: 10 })).runs).toEqual([]);
  });

  test('is kept under the run that has the operation now', async () => {
    const { worker, store, index, parts } = await operatedWorker(bundle);
    const handle = await worker.start(operateAndGoOn, []);
    await worker.memory.waitFor((spans) => spans.filter((span) => span.type === 'workflow').length === 2);
    await worker.memory.waitFor((spans) => spans.some((span) => span.type === 'timer'));
    expect(await sweep(parts, SETTINGS)).toMatchObject({ operationsOrphaned: 0 });
    const span = operationSpan(worker.memory.spans());
    expect(span.status).toBe('RUNNING');
    const operationId = String(span.attributes['everspan.operation.id']);
    const now = { namespace: 'default', workflowId: handle.workflowId, runId: (await handle.describe()).runId };
    expect((await index.spansOf(now)).map(({ spanId }) => spanId)).toContain(span.spanId);
    expect(await index.spansOf({ ...now, runId: handle.firstExecutionRunId })).toEqual([]);

    await worker.client.workflow.getHandle(handle.workflowId).terminate();
    await sweep(parts, SETTINGS);
    expect(worker.memory.open()).toEqual([]);
    expect(await store.get(operationId)).toMatchObject({ state: 'ERRORED' });
  });

  test('of a run that came to its end waits for whoever takes the operation up, until its deadline', async () => {
    const { worker, store, parts, clock } = await operatedWorker(bundle);
    await (await worker.start(operateAndReturn, [])).result();
    await worker.memory.waitFor((spans) => spans.some((span) => span.type === 'workflow' && span.status === 'OK'));
    await sweep(parts, SETTINGS);
    expect(worker.memory.open().map(({ type }) => type)).toEqual(['operation']);

    clock.now += PROGRESS_TIMEOUT_MS + 1;
    expect(await sweep(parts, SETTINGS)).toMatchObject({ operationsOrphaned: 1 });
    const span = operationSpan(worker.memory.spans());
    expect(span).toMatchObject({ status: 'ERROR', statusMessage: expect.stringMatching(/was closed as COMPLETED$/) });
    expect(await store.get(String(span.attributes['everspan.operation.id']))).toMatchObject({ state: 'ERRORED' });
  });
});

async function operatedWorker(bundle: WorkflowBundle) {
  const clock = { now: Date.now() };
  const index = new WatchedIndex();
  const store = new MemoryOperationStore({ now: () => clock.now });
  const worker = await startOperationWorker({
    bundle,
    store,
    everspan: watchedOptions(index, { operations: { store, watchdog: 'elsewhere' } }),
  });
  const { parts } = sweepTools(worker.client, [worker.memory], { openSpans: index, operations: store });
  return { worker, store, index, parts, clock };
}

function operationSpan(spans: readonly Span[]): Span {
  const found = spans.filter((span) => span.type === 'operation');
  expect(found).toHaveLength(1);
  return found[0] as Span;
}
