import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { Closing } from '../../../src/wire/span-batch.js';
import { eventsOf, localActivityOf, ofType, taskFailures, userCommands } from '../../helpers/event-history.js';
import { type Behaviour, hangs, isAway, ScriptedProcessor, takes, throwsAtOnce } from '../../helpers/scripted-processor.js';
import { describeWith } from '../../helpers/servers.js';
import { type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../../helpers/worker-harness.js';

const RUNS = 40;
const activities = { step: async (value: number) => value };

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/steps.ts', import.meta.url)));
});

describeWith('temporalServer')('a processor that does not answer', () => {
  test.each<Closing>(['auto', 'activity'])(
    'is asked by a few runs of many, the others pass at once: closing %s',
    async (closing) => {
      const bench = await setUpBench('hung');
      const processor = new ScriptedProcessor('scripted', hangs);
      const { plugin } = quietPlugin({ processors: [processor], closing, shutdownTimeoutMs: 100 });
      await withWorker(bench, { workflowBundle: bundles.traced, activities, plugins: [plugin] }, async () => {
        const ids = Array.from({ length: RUNS }, (_, index) => `${bench.taskQueue}-${index}`);
        const sums = await Promise.all(
          ids.map((workflowId) => bench.client.workflow.execute('steps', { workflowId, taskQueue: bench.taskQueue, args: [3] })),
        );
        expect(sums).toEqual(ids.map(() => 6));
        const histories = await Promise.all(ids.map((workflowId) => eventsOf(bench.client, workflowId)));
        const flushes = histories.flatMap((events) => events.map(localActivityOf).filter((local) => local !== undefined));
        // Each run flushes at least once, in history if it closes by an activity, and there every flush has its own answer: none ran into Temporal's timeout.
        if (closing === 'activity') expect(flushes.length).toBeGreaterThanOrEqual(RUNS);
        expect(flushes.filter((local) => local.hasFailed)).toEqual([]);
        expect(histories.flatMap(taskFailures)).toEqual([]);
      });
      const [stats] = plugin.stats().processors;
      expect(stats?.breaker).not.toBe('closed');
      // What was asked: what flew before the first answer was due, then one probe a window. All others were told so at once.
      expect(processor.calls.length).toBeLessThan(RUNS);
      expect(stats?.refusedCalls).toBeGreaterThan(processor.calls.length);
    },
  );

  test.each(['hung', 'answering 503'] as const)(
    'is tried ever more rarely by a run that has nothing else to do: %s',
    async (state) => {
      const bench = await setUpBench('hung');
      const processor = new ScriptedProcessor('scripted', state === 'hung' ? hangs : isAway);
      const { plugin } = quietPlugin({ processors: [processor], delivery: 'local', lingerMs: 0, shutdownTimeoutMs: 100 });
      await withWorker(bench, { workflowBundle: bundles.traced, activities, plugins: [plugin] }, async () => {
        const { taskQueue } = bench;
        await bench.client.workflow.execute('steps', { workflowId: taskQueue, taskQueue, args: [12] });
        const events = await eventsOf(bench.client, taskQueue);
        const flushes = events.map(localActivityOf).filter((local) => local !== undefined);
        // At once, then after 1 s, 2 s, 4 s and so on, and at the close; tried without a pause it would hold the task for ever.
        expect(flushes.length).toBeLessThan(10);
        expect(flushes.filter((local) => local.hasFailed)).toEqual([]);
        expect(taskFailures(events)).toEqual([]);
        expect(ofType(events, 'ACTIVITY_TASK_COMPLETED')).toHaveLength(12);
      });
    },
  );

  test('does not keep a query from its answer', async () => {
    const bench = await setUpBench('hung');
    const { plugin } = quietPlugin({ processors: [new ScriptedProcessor('scripted', hangs)], shutdownTimeoutMs: 100 });
    await withWorker(bench, { workflowBundle: bundles.traced, activities, plugins: [plugin] }, async () => {
      const { taskQueue } = bench;
      const handle = await bench.client.workflow.start('steps', { workflowId: taskQueue, taskQueue, args: [3] });
      expect(await handle.query('count')).toBeTypeOf('number');
      expect(await handle.result()).toBe(6);
      expect(await handle.query('count')).toBe(6);
    });
  });
});

describeWith('temporalServer')('the commands of the user', () => {
  const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
    healthy: takes,
    hung: hangs,
    'answering 503': isAway,
    throwing: throwsAtOnce,
  };

  test.each(Object.keys(BEHAVIOURS))('keep their order and their ids, processor %s', async (state) => {
    const [traced, untraced] = [await setUpBench('hung'), await setUpBench('hung')];
    const processor = new ScriptedProcessor('scripted', BEHAVIOURS[state]);
    const { plugin } = quietPlugin({ processors: [processor], shutdownTimeoutMs: 100 });
    const run = async (bench: typeof traced) => {
      const { client, taskQueue } = bench;
      const result: unknown = await client.workflow.execute('steps', { workflowId: taskQueue, taskQueue, args: [4] });
      expect(result).toBe(10);
      return userCommands(await eventsOf(client, taskQueue));
    };
    const expected = await withWorker(untraced, { workflowBundle: bundles.untraced, activities }, () => run(untraced));
    const commands = await withWorker(traced, { workflowBundle: bundles.traced, activities, plugins: [plugin] }, () =>
      run(traced),
    );
    expect(commands).toEqual(expected);
    expect(commands).toContain('ACTIVITY_TASK_SCHEDULED step 4');
  });
});
