import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { isAway, ScriptedProcessor, takes } from '../helpers/scripted-processor.js';
import { eventsOf, taskFailures } from '../helpers/event-history.js';
import { describeWith } from '../helpers/servers.js';
import { type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';

const NEXT = ['close', 'activity', 'timer', 'local'] as const;
const CASES = (['takes', 'is away'] as const).flatMap((state) => NEXT.map((next) => ({ state, next })));

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/beside-locals.ts', import.meta.url)));
});

// A replay tells a run of all local activities of a task at once, of which the live run was told one by one.
describeWith('temporalServer')("a flush that is answered between two local activities of the user's", () => {
  test.each(CASES)('leaves a history that replays: the processor $state, then $next', async ({ state, next }) => {
    const bench = await setUpBench('order');
    const { client, taskQueue } = bench;
    const memory = new InMemoryProcessor();
    let answered = () => {};
    const isAnswered = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const processor = new ScriptedProcessor('scripted', async (spans, context) => {
      // The quick one has ended by then: its span waits while this flush is under way.
      await sleep(50);
      answered();
      await (state === 'takes' ? takes : isAway)(spans, context);
    });
    const activities = {
      quick: async () => 1,
      afterFlight: async () => {
        await isAnswered;
        // Time for the answer to come to the run first; were it later, nothing would be tested, and nothing fail.
        await sleep(100);
        return 2;
      },
      step: async (value: number) => value,
    };
    const { plugin } = quietPlugin({ processors: [memory, processor], shutdownTimeoutMs: 100 });
    await withWorker(bench, { workflowBundle: bundles.traced, activities, plugins: [plugin] }, () =>
      client.workflow.execute('besideLocals', { workflowId: taskQueue, taskQueue, args: [next] }),
    );
    const events = await eventsOf(client, taskQueue);
    expect(taskFailures(events)).toEqual([]);
    await Worker.runReplayHistory({ workflowBundle: bundles.traced, plugins: [plugin] }, { events }, taskQueue);
    expect(memory.open()).toEqual([]);
  });

  test('tells of a local activity that ended, though the run then waits for long', async () => {
    const bench = await setUpBench('order');
    const { client, taskQueue } = bench;
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    const activities = { quick: async () => 1, afterFlight: async () => 2, step: () => Context.current().cancelled };
    await withWorker(bench, { workflowBundle: bundles.traced, activities, plugins: [plugin] }, async () => {
      const handle = await client.workflow.start('besideLocals', { workflowId: taskQueue, taskQueue, args: ['activity'] });
      const areTold = await memory.waitFor(
        (spans) => spans.filter((span) => span.type === 'local_activity' && span.status === 'OK').length === 2,
        { timeoutMs: 30_000 },
      );
      expect(areTold.find((span) => span.type === 'workflow')?.status).toBe('RUNNING');
      await handle.terminate();
    });
  });
});
