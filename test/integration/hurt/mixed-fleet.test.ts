import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { isRolledOut } from '../../../src/plugin/rollout.js';
import { InMemoryProcessor } from '../../../src/processors/in-memory-processor.js';
import { eventsOf, isMarked, taskFailures } from '../../helpers/event-history.js';
import { describeWith } from '../../helpers/servers.js';
import { type Bench, type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../../helpers/worker-harness.js';

const RUNS = 6;
const activities = { step: async (value: number) => value };

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/steps.ts', import.meta.url)));
});

const untraced = (): Partial<WorkerOptions> => ({ workflowBundle: bundles.untraced, activities });
const traced = (memory: InMemoryProcessor): Partial<WorkerOptions> => ({
  workflowBundle: bundles.traced,
  activities,
  plugins: [quietPlugin({ processors: [memory], lingerMs: 0 }).plugin],
});
const turnedOff = (memory: InMemoryProcessor): Partial<WorkerOptions> => ({
  workflowBundle: bundles.traced,
  activities,
  plugins: [quietPlugin({ processors: [memory], lingerMs: 0, mode: 'off' }).plugin],
});

/** Starts runs that each do an activity and then wait, on the worker of these options. */
async function startRuns(bench: Bench, options: Partial<WorkerOptions>): Promise<WorkflowHandle[]> {
  const { client, taskQueue } = bench;
  return withWorker(bench, options, async () => {
    const handles = await Promise.all(
      Array.from({ length: RUNS }, (_, index) =>
        client.workflow.start('stepWaitStep', { workflowId: `${taskQueue}-${index}`, taskQueue }),
      ),
    );
    await untilWaiting(bench, handles);
    return handles;
  });
}

/** Lets each run be replayed from its beginning, by a query, on the worker of these options. */
async function passThrough(bench: Bench, options: Partial<WorkerOptions>, handles: readonly WorkflowHandle[]): Promise<void> {
  await withWorker(bench, options, async () => {
    for (const handle of handles) await handle.query('__stack_trace');
    // A signal that nobody handles makes a workflow task of its own.
    for (const handle of handles) await handle.signal('unknown');
    await untilTaskAfterSignal(bench, handles);
  });
}

async function complete(bench: Bench, options: Partial<WorkerOptions>, handles: readonly WorkflowHandle[]): Promise<void> {
  await withWorker(bench, options, async () => {
    for (const handle of handles) await handle.signal('go');
    for (const handle of handles) expect(await handle.result()).toBe(3);
  });
}

async function untilWaiting(bench: Bench, handles: readonly WorkflowHandle[]): Promise<void> {
  for (const handle of handles) {
    await expect
      .poll(
        async () =>
          (await handle.query<string>('__stack_trace')).length >= 0 &&
          (await lastTaskFollows(bench, handle, 'activityTaskCompletedEventAttributes')),
        {
          timeout: 20_000,
          interval: 50,
        },
      )
      .toBe(true);
  }
}

async function untilTaskAfterSignal(bench: Bench, handles: readonly WorkflowHandle[]): Promise<void> {
  for (const handle of handles) {
    await expect
      .poll(() => lastTaskFollows(bench, handle, 'workflowExecutionSignaledEventAttributes'), { timeout: 20_000, interval: 50 })
      .toBe(true);
  }
}

async function lastTaskFollows(
  bench: Bench,
  handle: WorkflowHandle,
  attributes: 'activityTaskCompletedEventAttributes' | 'workflowExecutionSignaledEventAttributes',
): Promise<boolean> {
  const events = await eventsOf(bench.client, handle.workflowId);
  const at = events.findLastIndex((event) => Boolean(event[attributes]));
  return at !== -1 && events.slice(at).some((event) => Boolean(event.workflowTaskCompletedEventAttributes));
}

const UNMARKED = Array.from({ length: RUNS }, () => ({ failures: [], marked: false }));
const MARKED = Array.from({ length: RUNS }, () => ({ failures: [], marked: true }));

/** Each run's failed tasks, and whether it carries our marker. */
function tasksOf(bench: Bench, handles: readonly WorkflowHandle[]): Promise<{ failures: string[]; marked: boolean }[]> {
  return Promise.all(
    handles.map(async (handle) => {
      const events = await eventsOf(bench.client, handle.workflowId);
      return { failures: taskFailures(events), marked: isMarked(events) };
    }),
  );
}

describeWith('temporalServer')('a fleet that is half rolled out', () => {
  test('runs started untraced go on on traced workers, and untraced again, with no failed task', async () => {
    const bench = await setUpBench('fleet');
    const memory = new InMemoryProcessor();
    const handles = await startRuns(bench, untraced());
    await passThrough(bench, traced(memory), handles);
    await passThrough(bench, untraced(), handles);
    await complete(bench, traced(memory), handles);
    expect(await tasksOf(bench, handles)).toEqual(UNMARKED);
    // Activities on the traced worker have their attempts, with nothing above them.
    expect(memory.spans().filter((span) => span.type !== 'attempt')).toEqual([]);
  });

  test("runs started traced go on under mode 'off' and are traced to their end", async () => {
    const bench = await setUpBench('fleet');
    const memory = new InMemoryProcessor();
    const handles = await startRuns(bench, traced(memory));
    await passThrough(bench, turnedOff(memory), handles);
    await passThrough(bench, traced(memory), handles);
    await complete(bench, turnedOff(memory), handles);
    expect(await tasksOf(bench, handles)).toEqual(MARKED);
    expect(memory.open()).toEqual([]);
    expect(memory.spans().filter((span) => span.type === 'workflow' && span.status === 'OK')).toHaveLength(RUNS);
  });

  test("runs started under mode 'off' are not traced, also when the mode is on again", async () => {
    const bench = await setUpBench('fleet');
    const memory = new InMemoryProcessor();
    const handles = await startRuns(bench, turnedOff(memory));
    await passThrough(bench, traced(memory), handles);
    await complete(bench, untraced(), handles);
    expect(await tasksOf(bench, handles)).toEqual(UNMARKED);
  });

  test('rollout 0.5 traces those whose workflow id says so', async () => {
    const bench = await setUpBench('fleet');
    const { client, taskQueue } = bench;
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory], rollout: 0.5 });
    const ids = Array.from({ length: 16 }, (_, index) => `${taskQueue}-${index}`);
    await withWorker(bench, { workflowBundle: bundles.traced, activities, plugins: [plugin] }, () =>
      Promise.all(ids.map((workflowId) => client.workflow.execute('steps', { workflowId, taskQueue, args: [1] }))),
    );
    for (const workflowId of ids) {
      const events = await eventsOf(client, workflowId);
      expect(isMarked(events)).toBe(isRolledOut(workflowId, 0.5));
      expect(taskFailures(events)).toEqual([]);
    }
    const chosen = ids.filter((id) => isRolledOut(id, 0.5)).length;
    expect(memory.spans().filter((span) => span.type === 'workflow')).toHaveLength(chosen);
  });
});

describeWith('temporalServer')('a fresh run', () => {
  test('where the bundle has the interceptors and the worker no activities of ours is untraced, and replays with the plugin', async () => {
    const bench = await setUpBench('fleet');
    const memory = new InMemoryProcessor();
    const handles = await startRuns(bench, { workflowBundle: bundles.traced, activities });
    await passThrough(bench, traced(memory), handles);
    await complete(bench, { workflowBundle: bundles.traced, activities }, handles);
    expect(await tasksOf(bench, handles)).toEqual(UNMARKED);
    expect(memory.spans().filter((span) => span.type !== 'attempt')).toEqual([]);
  });
});

describeWith('temporalServer')('a marked run', () => {
  test('fails its task on a worker without the plugin, and goes on on one that has it', async () => {
    const bench = await setUpBench('fleet');
    const memory = new InMemoryProcessor();
    const handles = await startRuns(bench, traced(memory));
    const handle = handles[0] as WorkflowHandle;
    await withWorker(bench, untraced(), async () => {
      await handle.signal('unknown');
      await untilTaskFails(bench, handle);
    });
    await complete(bench, traced(memory), handles);
    const failures = taskFailures(await eventsOf(bench.client, handle.workflowId));
    expect(failures.length).toBeGreaterThan(0);
    for (const message of failures) expect(message).toMatch(/patch/i);
    expect(memory.open()).toEqual([]);
  });

  test('says what to do where the activities are not registered, and goes on where they are', async () => {
    const bench = await setUpBench('fleet');
    const memory = new InMemoryProcessor();
    const handles = await startRuns(bench, traced(memory));
    const handle = handles[0] as WorkflowHandle;
    // The bundle has the interceptors, the worker lacks the plugin.
    await withWorker(bench, { workflowBundle: bundles.traced, activities }, async () => {
      await handle.signal('unknown');
      await untilTaskFails(bench, handle);
    });
    const failures = taskFailures(await eventsOf(bench.client, handle.workflowId));
    expect(failures[0]).toMatch(/lacks the activities START_SPAN and END_SPAN: register EverspanPlugin on every worker/);
    await complete(bench, traced(memory), handles);
    expect(memory.open()).toEqual([]);
  });
});

async function untilTaskFails(bench: Bench, handle: WorkflowHandle): Promise<void> {
  await expect
    .poll(async () => taskFailures(await eventsOf(bench.client, handle.workflowId)).length, { timeout: 20_000, interval: 50 })
    .toBeGreaterThan(0);
}
