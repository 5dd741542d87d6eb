import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../../src/processors/in-memory-processor.js';
import { eventsOf, isMarked, taskFailures, userCommands } from '../../helpers/event-history.js';
import { describeWith } from '../../helpers/servers.js';
import { type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../../helpers/worker-harness.js';

const activities = { step: async (value: number) => value };

let early: Bundles;
let steps: Bundles;
beforeAll(async () => {
  early = await makeBundles(fileURLToPath(new URL('./workflows/early-signal.ts', import.meta.url)));
  steps = await makeBundles(fileURLToPath(new URL('./workflows/steps.ts', import.meta.url)));
});

describeWith('temporalServer')('a signal handler at the top level', () => {
  test.each([1, 3])('takes %i signals before the workflow function begins, and the run is traced', async (signals) => {
    const bench = await setUpBench('gate');
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    const { client, taskQueue } = bench;
    const handle = await client.workflow.signalWithStart('earlySignal', {
      workflowId: taskQueue,
      taskQueue,
      signal: 'early',
      signalArgs: [1],
    });
    for (let value = 2; value <= signals; value += 1) await handle.signal('early', value);
    // The smallest cache that the SDK has.
    const options = { workflowBundle: early.traced, activities, plugins: [plugin], maxCachedWorkflows: 2 };
    const result: unknown = await withWorker(bench, options, () => handle.result());
    expect(result).toContain(1);
    const events = await eventsOf(client, taskQueue);
    expect(taskFailures(events)).toEqual([]);
    expect(isMarked(events)).toBe(true);
    expect(memory.open()).toEqual([]);
    const root = memory.spans().find((span) => span.type === 'workflow');
    const handlers = memory.spans().filter((span) => span.type === 'signal_handler');
    expect(handlers).toHaveLength(signals);
    expect(handlers.map((span) => span.parentId)).toEqual(handlers.map(() => root?.spanId));
  });
});

describeWith('temporalServer')("a patchActivationCallback of the user's own", () => {
  test.each([true, false])('decides of his patches, not of ours: it answers %s', async (isActivated) => {
    const [traced, untraced] = [await setUpBench('gate'), await setUpBench('gate')];
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    const asked: string[] = [];
    const patchActivationCallback = ({ patchId }: { patchId: string }) => {
      asked.push(patchId);
      return isActivated;
    };
    const run = async (bench: typeof traced) => {
      const { client, taskQueue } = bench;
      const result: unknown = await client.workflow.execute('versioned', { workflowId: taskQueue, taskQueue });
      return { result, commands: userCommands(await eventsOf(client, taskQueue)) };
    };
    const expected = await withWorker(untraced, { workflowBundle: steps.untraced, activities, patchActivationCallback }, () =>
      run(untraced),
    );
    asked.length = 0;
    const options = { workflowBundle: steps.traced, activities, patchActivationCallback, plugins: [plugin] };
    expect(await withWorker(traced, options, () => run(traced))).toEqual(expected);
    expect(expected.result).toBe(isActivated ? 'new' : 'old');
    expect([...new Set(asked)]).toEqual(['user/change']);
    expect(isMarked(await eventsOf(traced.client, traced.taskQueue))).toBe(true);
    expect(memory.spans().some((span) => span.type === 'workflow' && span.status === 'OK')).toBe(true);
  });
});
