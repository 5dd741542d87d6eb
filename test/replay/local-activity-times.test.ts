import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { eventsOf, taskFailures } from '../helpers/event-history.js';
import { ScriptedProcessor, takes } from '../helpers/scripted-processor.js';
import { describeWith } from '../helpers/servers.js';
import { type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';

export const activities = { take: async (durationMs: number) => delay(durationMs) };

/** How long the processor takes, and the user's local activities: some end before a flush that is under way, some after it. */
const CASES: readonly { readonly processorMs: number; readonly durationsMs: readonly number[] }[] = [
  { processorMs: 1, durationsMs: [40, 5, 40] },
  { processorMs: 60, durationsMs: [10, 100, 10] },
];

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/local-times.ts', import.meta.url)));
});

// Core sets a workflow's clock by each local activity that ends. Of two that end in one task a replay is told at once.
describeWith('temporalServer')("the time that a workflow sees after a local activity of the user's", () => {
  test.each(CASES)('is the same in replay: a processor of $processorMs ms', async ({ processorMs, durationsMs }) => {
    const bench = await setUpBench('times');
    const { client, taskQueue } = bench;
    const processor = new ScriptedProcessor('scripted', async (spans, context) => {
      await delay(processorMs);
      await takes(spans, context);
    });
    const { plugin } = quietPlugin({ processors: [processor] });
    const seen: { readonly timeMs: number; readonly isReplaying: boolean }[] = [];
    const saw = (info: { readonly unsafe: { readonly isReplaying: boolean } }, timeMs: number): void => {
      seen.push({ timeMs, isReplaying: info.unsafe.isReplaying });
    };
    const sinks = { clock: { saw: { fn: saw, callDuringReplay: true } } };
    await withWorker(bench, { workflowBundle: bundles.traced, activities, plugins: [plugin], sinks }, () =>
      client.workflow.execute('localTimes', { workflowId: taskQueue, taskQueue, args: [durationsMs] }),
    );
    const live = seen.splice(0);
    const events = await eventsOf(client, taskQueue);
    expect(taskFailures(events)).toEqual([]);
    await Worker.runReplayHistory({ workflowBundle: bundles.traced, plugins: [plugin], sinks }, { events }, taskQueue);
    expect(live).toHaveLength(durationsMs.length + 2);
    expect(seen.map(({ timeMs }) => timeMs)).toEqual(live.map(({ timeMs }) => timeMs));
  });
});
