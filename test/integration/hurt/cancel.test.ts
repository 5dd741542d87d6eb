import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { beforeAll, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../../src/processors/in-memory-processor.js';
import { eventsOf, ofType, taskFailures, userEvents } from '../../helpers/event-history.js';
import { hangs, ScriptedProcessor } from '../../helpers/scripted-processor.js';
import { describeWith } from '../../helpers/servers.js';
import { type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../../helpers/worker-harness.js';

const WHERE = ['activity', 'timer', 'condition', 'local', 'nothing'] as const;

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/steps.ts', import.meta.url)));
});

/** A negative value waits for the cancellation; `begun` tells that it runs. */
function stepUntilCancelled(begun: EventEmitter) {
  return {
    step: async (value: number) => {
      if (value >= 0) return value;
      begun.emit('begun');
      const context = Context.current();
      // The answer to a heartbeat brings the cancellation; a local activity gets it without.
      const beats = setInterval(() => context.info.isLocal || context.heartbeat(), 50);
      try {
        return await context.cancelled;
      } finally {
        clearInterval(beats);
      }
    },
  };
}

describeWith('temporalServer')('a run that the user cancels', () => {
  const CASES = (['healthy', 'hung'] as const).flatMap((state) => WHERE.map((where) => ({ state, where })));
  test.each(CASES)('fails no task and ends as cancelled, processor $state: at $where', async ({ state, where }) => {
    const bench = await setUpBench('cancel');
    const memory = new InMemoryProcessor();
    const processor = state === 'healthy' ? memory : new ScriptedProcessor('scripted', hangs);
    const { plugin } = quietPlugin({ processors: [processor], shutdownTimeoutMs: 100 });
    const begun = new EventEmitter();
    const hasBegun = once(begun, 'begun');
    const options = { workflowBundle: bundles.traced, activities: stepUntilCancelled(begun), plugins: [plugin] };
    await withWorker(bench, options, async () => {
      const handle = await bench.client.workflow.start('cancellable', {
        workflowId: bench.taskQueue,
        taskQueue: bench.taskQueue,
        args: [where],
      });
      if (where === 'activity' || where === 'local') await hasBegun;
      await handle.cancel();
      const failure: unknown = await handle.result().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(WorkflowFailedError);
      expect((failure as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
      const events = await eventsOf(bench.client, handle.workflowId);
      expect(taskFailures(events)).toEqual([]);
      expect(ofType(events, 'WORKFLOW_EXECUTION_CANCELED')).toHaveLength(1);
      // The user's cleaning up took place.
      expect(userEvents(events).filter((line) => line.startsWith('ACTIVITY_TASK_COMPLETED'))).toHaveLength(1);
    });
    expect(memory.open()).toEqual([]);
    const roots = memory.spans().filter((span) => span.type === 'workflow');
    expect(roots.map((span) => span.status)).toEqual(state === 'hung' ? [] : ['CANCELED']);
  });

  test('ends when the cancellation comes before its first task', async () => {
    const bench = await setUpBench('cancel');
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    const handle = await bench.client.workflow.start('cancellable', {
      workflowId: bench.taskQueue,
      taskQueue: bench.taskQueue,
      args: ['timer'],
    });
    await handle.cancel();
    const options = { workflowBundle: bundles.traced, activities: { step: async (value: number) => value }, plugins: [plugin] };
    await withWorker(bench, options, () => handle.result().catch((error: unknown) => error));
    const events = await eventsOf(bench.client, handle.workflowId);
    expect(taskFailures(events)).toEqual([]);
    expect(ofType(events, 'WORKFLOW_EXECUTION_CANCELED')).toHaveLength(1);
    expect(memory.open()).toEqual([]);
  });
});

describeWith('temporalServer')('a signal handler that throws an ApplicationFailure', () => {
  test('closes the run, and every span with it', async () => {
    const bench = await setUpBench('cancel');
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    const options = { workflowBundle: bundles.traced, activities: { step: async (value: number) => value }, plugins: [plugin] };
    const handle = await bench.client.workflow.start('closedByHandler', {
      workflowId: bench.taskQueue,
      taskQueue: bench.taskQueue,
    });
    await withWorker(bench, options, async () => {
      await handle.signal('stop', 'enough');
      await expect(handle.result()).rejects.toMatchObject({ cause: { message: 'enough', type: 'Stopped' } });
    });
    expect(taskFailures(await eventsOf(bench.client, handle.workflowId))).toEqual([]);
    expect(memory.open()).toEqual([]);
    const root = memory.spans().find((span) => span.type === 'workflow');
    expect(root).toMatchObject({ status: 'ERROR', statusMessage: 'enough', attributes: { 'error.type': 'Stopped' } });
    expect(memory.spans().find((span) => span.type === 'signal_handler')).toMatchObject({ status: 'ERROR' });
  });
});
