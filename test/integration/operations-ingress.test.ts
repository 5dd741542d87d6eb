import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { MemoryOperationStore, OperationClient } from '../../src/operations.js';
import { eventsOf, taskFailures } from '../helpers/event-history.js';
import { startOperationWorker } from '../helpers/operation-worker.js';
import { describeWith } from '../helpers/servers.js';
import { bundleTracedWorkflows } from '../helpers/traced-worker.js';
import { spansOfType } from '../helpers/whole-trace.js';
import { adoptAndFinish, leaveQueued, openBadly } from './workflows/drive-operations.js';

let bundle: WorkflowBundle;

describeWith('temporalServer')('an operation that is made before any workflow', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('drive-operations');
  });

  test.each(['on', 'off'] as const)('is adopted by the workflow that is started for it, in mode %s', async (mode) => {
    const worker = await startOperationWorker({ bundle, everspan: { mode } });
    const operations = new OperationClient({ store: worker.store, identity: 'ingress' });
    const made = await operations.create({ metadata: { tenant: 'acme' } });
    const handle = await operations.run(made, () => worker.start(adoptAndFinish));
    expect(await handle.result()).toEqual({ id: made.operationId, traceId: made.traceId, found: 'RECEIVED', epoch: 1 });
    const operation = await worker.store.get(made.operationId);
    expect(operation).toMatchObject({
      state: 'COMPLETED',
      metadata: { tenant: 'acme' },
      owner: { workflow: { workflowId: handle.workflowId, runId: handle.firstExecutionRunId } },
    });
    const memory = await worker.finish();
    if (mode === 'off') return;
    // One trace, from the operation's making on.
    expect(new Set(memory.spans().map(({ traceId }) => traceId))).toEqual(new Set([made.traceId]));
    const [span] = spansOfType(memory, 'operation');
    expect(span).toMatchObject({ status: 'OK', startTime: (operation?.createdAt ?? 0) * 1_000 });
    expect(memory.open()).toEqual([]);
  });

  test('is adopted by the workflow of a signal that starts one, too', async () => {
    const worker = await startOperationWorker({ bundle });
    const operations = new OperationClient({ store: worker.store });
    const made = await operations.create({ operationId: 'order-1' });
    const handle = await operations.run(made, () =>
      worker.client.workflow.signalWithStart('adoptAndFinish', {
        workflowId: `signalled-${made.traceId}`,
        taskQueue: worker.taskQueue,
        signal: 'go',
      }),
    );
    expect(await handle.result()).toMatchObject({ id: 'order-1', traceId: made.traceId });
    await worker.finish();
  });

  test('fails the workflow where it is gone', async () => {
    const store = new MemoryOperationStore();
    const worker = await startOperationWorker({ bundle, store });
    const operations = new OperationClient({ store: new MemoryOperationStore() });
    const elsewhere = await operations.create();
    const handle = await operations.run(elsewhere, () => worker.start(adoptAndFinish));
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'NO_SUCH_OPERATION' } });
    expect(taskFailures(await eventsOf(worker.client, handle.workflowId))).toEqual([]);
    await worker.finish();
  });

  test("is not another workflow's to take", async () => {
    const worker = await startOperationWorker({ bundle });
    await (await worker.start(leaveQueued, ['taken'])).result();
    expect(await (await worker.start(openBadly, ['taken'])).result()).toMatchObject({
      type: 'ALREADY_EXISTS',
      nonRetryable: true,
      message: expect.stringMatching(/taken.*belongs to workflow leaveQueued-.*operationId of its own/),
    });
    await worker.finish();
  });
});

describeWith('temporalServer')('what an operation is opened or saved with', () => {
  test.each([
    ['reserved', 'RESERVED_METADATA', /"epoch"/],
    ['again', 'ALREADY_EXISTS', /open in this run already/],
    [
      'large',
      'CHECKPOINT_TOO_LARGE',
      /65,538 bytes.*limit 65,536.*in an activity, by checkpoint\(state, payload\) of everspan\/operations/,
    ],
    ['cyclic', 'INVALID_CHECKPOINT', /cannot be written as JSON/],
  ] as const)('is refused by name: %s', async (kind, type, message) => {
    const worker = await startOperationWorker({ bundle });
    const handle = await worker.start(openBadly, [kind]);
    expect(await handle.result()).toMatchObject({ type, nonRetryable: true, message: expect.stringMatching(message) });
    expect(taskFailures(await eventsOf(worker.client, handle.workflowId))).toEqual([]);
    await worker.finish();
  });
});
