import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { eventsOf, isMarked, ofType, taskFailures, userCommands } from '../helpers/event-history.js';
import { describeWith } from '../helpers/servers.js';
import {
  type Bench,
  type Bundles,
  createWorker,
  makeBundles,
  quietPlugin,
  setUpBench,
  withWorker,
} from '../helpers/worker-harness.js';

const OFFSETS = [0, 1, 2, 3];
const activities = { first: async () => {}, left: async () => {}, right: async () => {} };

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/tick-offsets.ts', import.meta.url)));
});

const tracing = () => quietPlugin({ processors: [new InMemoryProcessor()] }).plugin;

describeWith('temporalServer')("ticks between the user's promises", () => {
  test('are the same traced: two branches that one task wakes make their commands in the same order', async () => {
    const bench = await setUpBench('ticks');
    const { client } = bench;
    const queues = { untraced: `${bench.taskQueue}-untraced`, traced: `${bench.taskQueue}-traced` };
    const startAll = (taskQueue: string) =>
      Promise.all(
        OFFSETS.map((ticks) =>
          client.workflow.start('offsets', { workflowId: `${taskQueue}-${ticks}`, taskQueue, args: [ticks, bench.taskQueue] }),
        ),
      );
    const runs = { untraced: await startAll(queues.untraced), traced: await startAll(queues.traced) };
    const all = [...runs.untraced, ...runs.traced];
    const withWorkflowWorkers = (work: () => Promise<unknown>) =>
      withWorker({ ...bench, taskQueue: queues.untraced }, { workflowBundle: bundles.untraced }, () =>
        withWorker({ ...bench, taskQueue: queues.traced }, { workflowBundle: bundles.traced, plugins: [tracing()] }, work),
      );
    await withWorkflowWorkers(() => untilEach(bench, all, 'ACTIVITY_TASK_SCHEDULED'));
    // Nobody takes workflow tasks now: the signal and the end of the activity come in one.
    for (const handle of all) await handle.signal('go');
    const activityWorker = await createWorker(bench, { activities });
    await activityWorker.runUntil(async () => {
      await untilEach(bench, all, 'ACTIVITY_TASK_COMPLETED');
      await withWorkflowWorkers(() => Promise.all(all.map((handle) => handle.result())));
    });

    const orders: string[] = [];
    for (const [index, untraced] of runs.untraced.entries()) {
      const traced = runs.traced[index] as WorkflowHandle;
      const events = { untraced: await eventsOf(client, untraced.workflowId), traced: await eventsOf(client, traced.workflowId) };
      expect([isMarked(events.untraced), isMarked(events.traced)]).toEqual([false, true]);
      expect([...taskFailures(events.untraced), ...taskFailures(events.traced)]).toEqual([]);
      expect(userCommands(events.traced)).toEqual(userCommands(events.untraced));
      orders.push(userCommands(events.untraced).join());
      for (const [kind, handle] of [
        ['untraced', untraced],
        ['traced', traced],
      ] as const) {
        const options = { workflowBundle: bundles.traced, plugins: [tracing()] };
        await Worker.runReplayHistory(options, { events: events[kind] }, handle.workflowId);
      }
    }
    // Were the order the same for all offsets, a tick more would not be seen.
    expect(new Set(orders).size).toBe(2);
  });

  test('are as many through withSpan as without, and its promise is the one of its body', async () => {
    const bench = await setUpBench('ticks');
    const { client, taskQueue } = bench;
    for (const kind of ['untraced', 'traced'] as const) {
      const options = { workflowBundle: bundles[kind], plugins: kind === 'traced' ? [tracing()] : [] };
      const { bare, spanned, isItsPromise } = await withWorker(bench, options, () =>
        client.workflow.execute<() => Promise<{ bare: number[]; spanned: number[]; isItsPromise: boolean }>>('spanTicks', {
          workflowId: `${taskQueue}-${kind}`,
          taskQueue,
        }),
      );
      expect(new Set(bare).size).toBe(4);
      expect(spanned).toEqual(bare);
      expect(isItsPromise).toBe(true);
      expect(isMarked(await eventsOf(client, `${taskQueue}-${kind}`))).toBe(kind === 'traced');
    }
  });
});

/** Resolves when each run's history has an event of `type`. */
async function untilEach({ client }: Bench, handles: readonly WorkflowHandle[], type: string): Promise<void> {
  for (const { workflowId } of handles) {
    const count = async () => ofType(await eventsOf(client, workflowId), type).length;
    await expect.poll(count, { timeout: 30_000, interval: 100 }).toBeGreaterThan(0);
  }
}
