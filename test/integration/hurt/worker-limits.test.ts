import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../../src/processors/in-memory-processor.js';
import { eventsOf, taskFailures, userCommands } from '../../helpers/event-history.js';
import { describeWith } from '../../helpers/servers.js';
import { type Bench, type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../../helpers/worker-harness.js';

const activities = { step: async (value: number) => value };

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/steps.ts', import.meta.url)));
});

function execute<T>(bench: Bench, workflowType: string, args: unknown[] = [], workflowId = bench.taskQueue): Promise<T> {
  return bench.client.workflow.execute(workflowType, { workflowId, taskQueue: bench.taskQueue, args });
}

describeWith('temporalServer')('a worker whose cache is 0', () => {
  test('is given a small cache, told so, and completes ten runs at once', async () => {
    const bench = await setUpBench('limits');
    const memory = new InMemoryProcessor();
    const { plugin, warnings } = quietPlugin({ processors: [memory] });
    const options = { workflowBundle: bundles.traced, activities, plugins: [plugin], maxCachedWorkflows: 0 };
    await withWorker(bench, options, async () => {
      const runs = Array.from({ length: 10 }, (_, index) => execute(bench, 'steps', [2], `${bench.taskQueue}-${index}`));
      expect(await Promise.all(runs)).toEqual(runs.map(() => 3));
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/maxCachedWorkflows was 0 on task queue .+, so it is now 10/);
    expect(memory.open()).toEqual([]);
    expect(memory.spans().filter((span) => span.type === 'workflow')).toHaveLength(10);
    for (let index = 0; index < 10; index += 1) {
      expect(taskFailures(await eventsOf(bench.client, `${bench.taskQueue}-${index}`))).toEqual([]);
    }
  });
});

describeWith('temporalServer')('a worker whose cache is tiny', () => {
  test.each([
    [9, 1],
    [10, 0],
  ])('of %i workflows keeps it, and is warned %i times', async (maxCachedWorkflows, warned) => {
    const bench = await setUpBench('limits');
    const { plugin, warnings } = quietPlugin({ processors: [new InMemoryProcessor()] });
    const options = { workflowBundle: bundles.traced, activities, plugins: [plugin], maxCachedWorkflows };
    expect(await withWorker(bench, options, () => execute(bench, 'steps', [1]))).toBe(1);
    expect(warnings).toHaveLength(warned);
    for (const warning of warnings) expect(warning).toMatch(/maxCachedWorkflows is 9 on task queue .+ at least 10/);
  });
});

describeWith('temporalServer')("local activities of the user's own that fill every slot", () => {
  test('delay our flushes, and nothing else', async () => {
    const bench = await setUpBench('limits');
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    let running = 0;
    let most = 0;
    const step = async (value: number) => {
      running += 1;
      most = Math.max(most, running);
      await setTimeout(20);
      running -= 1;
      return value;
    };
    const options = {
      workflowBundle: bundles.traced,
      activities: { step },
      plugins: [plugin],
      maxConcurrentLocalActivityExecutions: 2,
    };
    await withWorker(bench, options, async () => {
      const runs = [0, 1, 2, 3].map((index) => execute(bench, 'localSteps', [20], `${bench.taskQueue}-${index}`));
      expect(await Promise.all(runs)).toEqual(runs.map(() => 190));
    });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
    for (const index of [0, 1, 2, 3])
      expect(taskFailures(await eventsOf(bench.client, `${bench.taskQueue}-${index}`))).toEqual([]);
    expect(memory.open()).toEqual([]);
    expect(memory.spans().filter((span) => span.type === 'local_activity')).toHaveLength(80);
  });
});

/** What comes of a run: its result, the user's commands, failed tasks. */
async function resultOf(bench: Bench, workflowType: string) {
  const result = await execute(bench, workflowType);
  const events = await eventsOf(bench.client, bench.taskQueue);
  return { result, commands: userCommands(events), failures: taskFailures(events) };
}

describeWith('temporalServer')('a local activity that is not registered', () => {
  test("is the same to the user's code as untraced, and its span ends as an error", async () => {
    const [traced, untraced] = [await setUpBench('limits'), await setUpBench('limits')];
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    const expected = await withWorker(untraced, { workflowBundle: bundles.untraced, activities }, () =>
      resultOf(untraced, 'localNowhere'),
    );
    const options = { workflowBundle: bundles.traced, activities, plugins: [plugin] };
    expect(await withWorker(traced, options, () => resultOf(traced, 'localNowhere'))).toEqual(expected);
    expect(expected).toMatchObject({ result: 1, failures: [] });
    expect(memory.spans().find((span) => span.name === 'local activity nowhere')).toMatchObject({ status: 'ERROR' });
  });
});

describeWith('temporalServer')("the user's activityIds", () => {
  test('are those of the untraced run, of remote and local activities and timers', async () => {
    const [traced, untraced] = [await setUpBench('limits'), await setUpBench('limits')];
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory], lingerMs: 0 });
    const expected = await withWorker(untraced, { workflowBundle: bundles.untraced, activities }, () =>
      resultOf(untraced, 'mixed'),
    );
    const options = { workflowBundle: bundles.traced, activities, plugins: [plugin] };
    const actual = await withWorker(traced, options, () => resultOf(traced, 'mixed'));
    expect(actual).toEqual(expected);
    expect(expected.commands).toEqual(expect.arrayContaining(['ACTIVITY_TASK_SCHEDULED step 1', 'MARKER_RECORDED step 2']));
    expect(memory.events().length).toBeGreaterThan(0);
  });
});

describeWith('temporalServer')('activities and timers that nobody awaits', () => {
  test('have an END when the run completes', async () => {
    const bench = await setUpBench('limits');
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    const options = { workflowBundle: bundles.traced, activities, plugins: [plugin] };
    expect(await withWorker(bench, options, () => execute(bench, 'unawaited'))).toBe('done');
    expect(taskFailures(await eventsOf(bench.client, bench.taskQueue))).toEqual([]);
    expect(memory.open()).toEqual([]);
    const timer = memory.spans().find((span) => span.type === 'timer');
    expect(timer).toMatchObject({ status: 'CANCELED', statusMessage: 'left open by the workflow' });
    expect(memory.spans().filter((span) => span.type === 'activity')).toHaveLength(3);
  });
});
