import { WithStartWorkflowOperation } from '@temporalio/client';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { describeWith } from '../helpers/servers.js';
import { activity, clientCall, run, startedRun, updateHandled } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { uniqueQueue } from '../helpers/temporal.js';
import { expectWholeTrace, spanNamed, spansOfType } from '../helpers/whole-trace.js';
import { crash, end, rename, takeUpdates } from './workflows/take-updates.js';

let bundle: WorkflowBundle;
const activities = { greet: async (name: string) => `Hello, ${name}` };
const renamed = updateHandled('rename', [activity('greet')]);

describeWith('temporalServer')('updates', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('take-updates');
  });

  test('an update is handled in the run, linked to the call; its validator makes no span', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(takeUpdates);
    expect(await handle.executeUpdate(rename, { args: ['Ada'], updateId: 'first' })).toBe('Hello, Ada');
    await handle.executeUpdate(end);
    expect(await handle.result()).toBe('Hello, Ada');
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow takeUpdates');
    expectWholeTrace(memory, [startedRun('takeUpdates', [renamed, updateHandled('end')])], { traceId });
    const [call, handled] = [spanNamed(memory, 'update rename'), spanNamed(memory, 'handle update rename')];
    expectWholeTrace(memory, [clientCall('client_update', 'update rename')], { traceId: call.traceId });
    expect(handled.links).toEqual([{ traceId: call.traceId, spanId: call.spanId }]);
    expect(handled.attributes).toMatchObject({ 'temporal.update.name': 'rename', 'temporal.update.id': 'first' });
    expect(handled.startTime).toBeGreaterThanOrEqual(call.startTime);
  });

  test('an update that its validator refuses has no span in the run', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(takeUpdates);
    await expect(handle.executeUpdate(rename, { args: [''] })).rejects.toThrow('Workflow Update failed');
    await handle.executeUpdate(end);
    await handle.result();
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow takeUpdates');
    expectWholeTrace(memory, [startedRun('takeUpdates', [updateHandled('end')])], { traceId });
  });

  test('an update that its handler rejects is an error, and the run goes on', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(takeUpdates);
    await expect(handle.executeUpdate(rename, { args: ['nobody'] })).rejects.toThrow('Workflow Update failed');
    await handle.executeUpdate(end);
    expect(await handle.result()).toBe('nobody');
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow takeUpdates');
    const rejected = { status: 'ERROR', statusMessage: 'nobody is no name', attributes: { 'error.type': 'NoName' } } as const;
    expectWholeTrace(memory, [startedRun('takeUpdates', [updateHandled('rename', [], rejected), updateHandled('end')])], {
      traceId,
    });
  });

  test('an update that throws a configured failure type closes the run', async () => {
    const traced = await startTracedWorker({
      bundle,
      activities,
      worker: { workflowFailureErrorTypes: { '*': [], takeUpdates: ['Broken'] } },
    });
    const handle = await traced.start(takeUpdates);
    await expect(handle.executeUpdate(crash)).rejects.toThrow(/./);
    await expect(handle.result()).rejects.toThrow('Workflow execution failed');
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow takeUpdates');
    const broken = { status: 'ERROR', statusMessage: 'cannot go on', attributes: { 'error.type': 'Broken' } } as const;
    expectWholeTrace(memory, [startedRun('takeUpdates', [updateHandled('crash', [], broken)], broken)], { traceId });
  });

  test('updateWithStart: one trace, in which the call is the parent of the run and of the handler', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const startWorkflowOperation = new WithStartWorkflowOperation(takeUpdates, {
      taskQueue: traced.taskQueue,
      workflowId: uniqueQueue('takeUpdates'),
      workflowIdConflictPolicy: 'FAIL',
    });
    const answer = await traced.client.workflow.executeUpdateWithStart(rename, { args: ['Ada'], startWorkflowOperation });
    expect(answer).toBe('Hello, Ada');
    const handle = await startWorkflowOperation.workflowHandle();
    await handle.executeUpdate(end);
    expect(await handle.result()).toBe('Hello, Ada');
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow takeUpdates');
    expectWholeTrace(
      memory,
      [
        clientCall('client_update_with_start', 'update rename with start takeUpdates', [
          run('takeUpdates', [updateHandled('end')]),
          renamed,
        ]),
      ],
      { traceId },
    );
  });

  test('three updates at once are three spans with ids of their own', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(takeUpdates);
    await Promise.all(['Ada', 'Bea', 'Cleo'].map((name) => handle.executeUpdate(rename, { args: [name] })));
    await handle.executeUpdate(end);
    await handle.result();
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow takeUpdates');
    expectWholeTrace(memory, [startedRun('takeUpdates', [renamed, renamed, renamed, updateHandled('end')])], { traceId });
    expect(spansOfType(memory, 'update_handler')).toHaveLength(4);
  });
});
