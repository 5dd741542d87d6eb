import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { OperationClient } from '../../src/operations.js';
import type { Span } from '../../src/span/span.js';
import { eventsOf, taskFailures } from '../helpers/event-history.js';
import { startOperationWorker } from '../helpers/operation-worker.js';
import { describeWith } from '../helpers/servers.js';
import { bundleTracedWorkflows } from '../helpers/traced-worker.js';
import { spansOfType } from '../helpers/whole-trace.js';
import { adoptAndFinish, failAfterFirstStep, goOn, leaveQueued } from './workflows/drive-operations.js';

let bundle: WorkflowBundle;
const activities = { step: async (value: number) => value };
const EVERY_SECOND = { cronSchedule: '@every 1s' } as const;
// Deadlines against a hang.
const DEADLINE = { timeoutMs: 60_000 };

const runsOver = (count: number) => (spans: readonly Span[]) =>
  spans.filter(({ type, endTime }) => type === 'workflow' && endTime !== undefined).length >= count;
const operationIdOf = (span: Span): unknown => span.attributes['everspan.operation.id'];

describeWith('temporalServer')('an operation of a workflow that runs more than once', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('drive-operations');
  });

  test('is one for each run of a cron, in its trace; the one that the first was started for is its alone', async () => {
    const worker = await startOperationWorker({ bundle });
    const operations = new OperationClient({ store: worker.store });
    const made = await operations.create({ operationId: 'first-night' });
    const handle = await operations.run(made, () => worker.start(adoptAndFinish, [], EVERY_SECOND));
    // The last of them may not be over for the server when it is terminated.
    await worker.memory.waitFor(runsOver(3), DEADLINE);
    await handle.terminate();
    const memory = await worker.finish();
    const runs = spansOfType(memory, 'workflow').slice(0, 2);
    const spans = spansOfType(memory, 'operation').slice(0, 2);
    expect(runs.map(({ status }) => status)).toEqual(['OK', 'OK']);
    expect(spans.map(({ status, traceId }) => ({ status, traceId }))).toEqual(
      runs.map(({ traceId }) => ({ status: 'OK', traceId })),
    );
    expect(spans.map(operationIdOf)).toEqual(['first-night', runs[1]?.traceId]);
    const kept = await Promise.all(spans.map((span) => worker.store.get(String(operationIdOf(span)))));
    expect(new Set(kept.map((operation) => operation?.owner.workflow?.runId)).size).toBe(2);
    for (const operation of kept) {
      expect(operation).toMatchObject({
        state: 'COMPLETED',
        refusedWrites: 0,
        owner: { workflow: { workflowId: handle.workflowId } },
      });
      expect(taskFailures(await eventsOf(worker.client, handle.workflowId, operation?.owner.workflow?.runId))).toEqual([]);
    }
  });

  test('that a run of a cron leaves unfinished stays as it is when the next run opens its own', async () => {
    const worker = await startOperationWorker({ bundle });
    const handle = await worker.start(leaveQueued, [], EVERY_SECOND);
    await worker.memory.waitFor(runsOver(2), DEADLINE);
    await handle.terminate();
    const memory = await worker.finish();
    const [first, second] = memory.open().filter(({ type }) => type === 'operation');
    expect(operationIdOf(first as Span)).not.toBe(operationIdOf(second as Span));
    for (const span of [first, second] as Span[]) {
      expect(await worker.store.get(String(operationIdOf(span)))).toMatchObject({
        state: 'QUEUED',
        version: 2,
        refusedWrites: 0,
      });
    }
  });

  test('goes on where a run of a cron continues as new', async () => {
    const worker = await startOperationWorker({ bundle, activities });
    await worker.start(goOn, [3], EVERY_SECOND);
    await worker.memory.waitFor(runsOver(3), DEADLINE);
    const memory = await worker.finish();
    expect(spansOfType(memory, 'workflow').map(({ status }) => status)).toEqual(['CONTINUED', 'CONTINUED', 'OK']);
    const operations = spansOfType(memory, 'operation');
    expect(operations.map(({ status }) => status)).toEqual(['OK']);
    expect(await worker.store.get(String(operationIdOf(operations[0] as Span)))).toMatchObject({ state: 'COMPLETED', epoch: 1 });
  });

  test('goes on in the retry of a run', async () => {
    const worker = await startOperationWorker({ bundle });
    const handle = await worker.start(failAfterFirstStep, [], { retry: { initialInterval: 10, maximumAttempts: 3 } });
    const operationId = await handle.result();
    const memory = await worker.finish();
    expect(spansOfType(memory, 'workflow').map(({ status }) => status)).toEqual(['ERROR', 'OK']);
    expect(new Set(spansOfType(memory, 'operation').map(operationIdOf))).toEqual(new Set([operationId]));
    expect(await worker.store.get(operationId)).toMatchObject({ state: 'CLAIMED', version: 4, refusedWrites: 0 });
  });

  test('is another in the retry of a run of a cron: nothing says which run it repeats', async () => {
    const worker = await startOperationWorker({ bundle });
    const handle = await worker.start(failAfterFirstStep, [], {
      ...EVERY_SECOND,
      retry: { initialInterval: 10, maximumAttempts: 2 },
    });
    await worker.memory.waitFor(runsOver(2), DEADLINE);
    await handle.terminate();
    const memory = await worker.finish();
    const runs = spansOfType(memory, 'workflow').slice(0, 2);
    expect(runs.map(({ attributes }) => attributes['temporal.workflow.attempt'])).toEqual([1, 2]);
    const operations = memory.open().filter(({ type }) => type === 'operation');
    expect(operations.slice(0, 2).map(operationIdOf)).toEqual(runs.map(({ traceId }) => traceId));
  });
});
