import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import type { OperationOwner } from '../../../src/operation/operation.js';
import { PROGRESS_TIMEOUT_MS } from '../../../src/operation/operation-limits.js';
import type { OperationStore } from '../../../src/state/operation-store.js';
import { MemoryOperationStore } from '../../../src/state/memory-operation-store.js';
import { sweep } from '../../../src/watchdog/sweep.js';
import { describeWith } from '../../helpers/servers.js';
import { connectClient } from '../../helpers/temporal.js';
import { bundleTracedWorkflows, startTracedWorker } from '../../helpers/traced-worker.js';
import { failOnceThenWait, goOnAndWait, waitForDays } from '../workflows/watched.js';
import { sweepTools } from './watched.js';

const DAY_MS = 86_400_000;
const SETTINGS = { settings: { graceMs: 0 } };

describeWith('temporalServer')('operations that are overdue', () => {
  let bundle: WorkflowBundle;
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('watched');
  });

  test('are renewed while their chain runs, and end with it', async () => {
    const worker = await startTracedWorker({ bundle, everspan: { lingerMs: 0 } });
    const { client } = worker;
    const living = await worker.start(waitForDays, []);
    const gone = await worker.start(waitForDays, []);
    const continued = await worker.start(goOnAndWait, []);
    const retried = await worker.start(failOnceThenWait, [], { retry: { initialInterval: '10ms', maximumAttempts: 2 } });
    for (const handle of [continued, retried]) {
      await runCount(client, handle.workflowId, handle.firstExecutionRunId);
    }
    await gone.terminate('no longer wanted');

    const { store, clock } = storeWithClock();
    for (const handle of [living, gone, continued, retried]) {
      await create(store, handle.workflowId, workflowOwner(handle.workflowId, handle.firstExecutionRunId));
    }
    await create(store, 'not-overdue', workflowOwner(gone.workflowId, gone.firstExecutionRunId), 30 * DAY_MS);
    clock.now += PROGRESS_TIMEOUT_MS + 1;
    const { parts, orphans } = sweepTools(client, [worker.memory], { operations: store });
    const report = await sweep(parts, SETTINGS);

    expect(report).toMatchObject({ operationsRenewed: 3, operationsOrphaned: 1, operationsUnanswered: 0, operationsMoved: 0 });
    for (const { workflowId } of [living, continued, retried]) {
      expect(await store.get(workflowId), workflowId).toMatchObject({
        state: 'RECEIVED',
        deadline: clock.now + PROGRESS_TIMEOUT_MS,
      });
    }
    expect((await store.get('not-overdue'))?.state).toBe('RECEIVED');
    const reason = `run ${gone.firstExecutionRunId} of workflow ${gone.workflowId} was closed as TERMINATED`;
    expect(orphans).toEqual([{ operationId: gone.workflowId, traceId: expect.any(String), reason }]);
    expect((await store.history(gone.workflowId))?.transitions.at(-1)).toMatchObject({
      from: 'RECEIVED',
      to: 'ERRORED',
      forcedReason: reason,
    });
    expect((await store.overdue({ limit: 10 })).operations).toEqual([]);
    await Promise.all([living, continued, retried].map(({ workflowId }) => client.workflow.getHandle(workflowId).terminate()));
  });

  test('outside Temporal end by the clock; one whose run nobody knows ends once retention has passed', async () => {
    const client = await connectClient();
    const { store, clock } = storeWithClock();
    const nobody = () => workflowOwner(`nobody-${randomUUID()}`, randomUUID());
    clock.now -= 60 * DAY_MS;
    await create(store, 'long-gone', nobody());
    clock.now += 60 * DAY_MS;
    await create(store, 'consumer', { identity: 'consumer 7' });
    await create(store, 'unknown', nobody());
    await create(store, 'elsewhere', {
      identity: 'w',
      workflow: { namespace: 'elsewhere', workflowId: 'w', runId: randomUUID() },
    });
    clock.now += PROGRESS_TIMEOUT_MS + 1;
    const { parts, orphans } = sweepTools(client, [], { operations: store });
    const report = await sweep(parts, SETTINGS);

    expect(report).toMatchObject({ operationsOrphaned: 2, operationsWaiting: 1, operationsRenewed: 0 });
    expect(Object.fromEntries(orphans.map(({ operationId, reason }) => [operationId, reason]))).toEqual({
      'long-gone': expect.stringMatching(/ is gone$/),
      consumer: 'no progress for 1800 s',
    });
    expect((await store.get('unknown'))?.state).toBe('RECEIVED');
    // Another namespace has a watchdog of its own.
    expect((await store.get('elsewhere'))?.state).toBe('RECEIVED');
  });

  test('are written by one of two watchdogs, and by none once they went on', async () => {
    const client = await connectClient();
    const { store, clock } = storeWithClock();
    const ids = Array.from({ length: 20 }, (_, index) => `op-${String(index).padStart(2, '0')}`);
    for (const id of ids) await create(store, id, { identity: 'consumer' });
    clock.now += PROGRESS_TIMEOUT_MS + 1;
    // Both have read the same page before either writes.
    const seen = await store.overdue({ limit: 100 });
    await store.transition({ operationId: 'op-00', requestId: 'went-on', to: 'QUEUED', epoch: 0 });
    await store.transition({ operationId: 'op-01', requestId: 'failed', to: 'ERRORED', epoch: 0 });
    await store.transition({ operationId: 'op-01', requestId: 'completed', to: 'COMPLETED', epoch: 0 });
    const stale: OperationStore = Object.assign(Object.create(store) as OperationStore, {
      overdue: async () => seen,
      transition: store.transition.bind(store),
    });
    const { parts, orphans } = sweepTools(client, [], { operations: stale });
    const reports = await Promise.all([sweep(parts, SETTINGS), sweep(parts, SETTINGS)]);

    expect(orphans.map(({ operationId }) => operationId).sort()).toEqual(ids.slice(2));
    for (const report of reports) expect(report).toMatchObject({ operationsMoved: 2 });
    expect((await store.get('op-00'))?.state).toBe('QUEUED');
    expect((await store.get('op-01'))?.state).toBe('COMPLETED');
    for (const id of ids.slice(2)) {
      expect(await store.get(id)).toMatchObject({ state: 'ERRORED', refusedWrites: 0 });
      expect((await store.history(id))?.transitions).toHaveLength(2);
    }
  });
});

function storeWithClock(): { store: MemoryOperationStore; clock: { now: number } } {
  const clock = { now: Date.now() };
  return { store: new MemoryOperationStore({ now: () => clock.now, failsafeTtlMs: 365 * DAY_MS }), clock };
}

function workflowOwner(workflowId: string, runId: string): OperationOwner {
  return { identity: 'worker', workflow: { namespace: 'default', workflowId, runId } };
}

async function create(
  store: OperationStore,
  operationId: string,
  owner: OperationOwner,
  progressTimeoutMs = PROGRESS_TIMEOUT_MS,
) {
  await store.create({ operationId, requestId: 'create', traceId: randomUUID().replaceAll('-', ''), owner, progressTimeoutMs });
}

// Resolves once the chain has gone on from its first run.
async function runCount(client: Client, workflowId: string, firstRunId: string): Promise<void> {
  while ((await client.workflow.getHandle(workflowId).describe()).runId === firstRunId);
}
