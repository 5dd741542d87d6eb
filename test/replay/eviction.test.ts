import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import type { Span } from '../../src/span/span.js';
import { eventsOf, taskFailures } from '../helpers/event-history.js';
import { describeWith } from '../helpers/servers.js';
import { type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';

const RUNS = 8;
const activities = { step: async (value: number) => value };

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('../integration/hurt/workflows/steps.ts', import.meta.url)));
});

function countBySpan(events: readonly Span[]): number[] {
  const counts = new Map<string, number>();
  for (const event of events) counts.set(event.spanId, (counts.get(event.spanId) ?? 0) + 1);
  return [...new Set(counts.values())];
}

describeWith('temporalServer')('a run that leaves the cache and comes back', () => {
  test('tells each start and each end once', async () => {
    const bench = await setUpBench('eviction');
    const { client, taskQueue } = bench;
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    // One run after the other, each while seven others want the two places.
    const options = { workflowBundle: bundles.traced, activities, plugins: [plugin], maxCachedWorkflows: 2 };
    const ids = Array.from({ length: RUNS }, (_, index) => `${taskQueue}-${index}`);
    await withWorker(bench, options, async () => {
      const handles = [];
      for (const workflowId of ids) {
        handles.push(await client.workflow.start('stepWaitStep', { workflowId, taskQueue }));
        const hasStepped = (spans: readonly Span[]) =>
          spans.some(
            (span) => span.type === 'activity' && span.status === 'OK' && span.attributes['temporal.workflow.id'] === workflowId,
          );
        await memory.waitFor(hasStepped, { timeoutMs: 30_000 });
      }
      for (const handle of handles) {
        await handle.signal('go');
        expect(await handle.result()).toBe(3);
      }
    });
    for (const workflowId of ids) expect(taskFailures(await eventsOf(client, workflowId))).toEqual([]);
    const durable = memory.events().filter((event) => event.type !== 'attempt');
    expect(countBySpan(durable.filter((event) => event.endTime !== undefined))).toEqual([1]);
    expect(countBySpan(durable.filter((event) => event.endTime === undefined))).toEqual([1]);
    expect(memory.open()).toEqual([]);
  });

  test('tells nothing for a query, running or closed, with a signal or without', async () => {
    const bench = await setUpBench('eviction');
    const { client, taskQueue } = bench;
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    const options = { workflowBundle: bundles.traced, activities, plugins: [plugin] };
    const [waiting, closed, signalled] = [`${taskQueue}-waiting`, `${taskQueue}-closed`, `${taskQueue}-signalled`];
    const isStepped = (spans: readonly Span[]) =>
      spans.some(
        (span) => span.type === 'activity' && span.status === 'OK' && span.attributes['temporal.workflow.id'] === waiting,
      );
    await withWorker(bench, options, async () => {
      await client.workflow.start('stepWaitStep', { workflowId: waiting, taskQueue });
      await client.workflow.execute('steps', { workflowId: closed, taskQueue, args: [2] });
      // Both hand their last batch to a sink of the process, each to its own function, which replay could call again.
      const taken = await client.workflow.signalWithStart('stepWaitStep', { workflowId: signalled, taskQueue, signal: 'go' });
      await taken.result();
      await memory.waitFor(isStepped, { timeoutMs: 30_000 });
    });
    const [told, history] = [memory.events().length, (await eventsOf(client, waiting)).length];
    // Another worker has none of them in its cache: all are replayed. What it told would be out once it has ended.
    await withWorker(bench, options, async () => {
      for (let turn = 0; turn < 3; turn += 1) {
        expect(await client.workflow.getHandle(closed).query('count')).toBe(3);
        expect(await client.workflow.getHandle(signalled).query('__stack_trace')).toBeTypeOf('string');
        expect(await client.workflow.getHandle(waiting).query('__stack_trace')).toBeTypeOf('string');
      }
    });
    expect(memory.events()).toHaveLength(told);
    expect(await eventsOf(client, waiting)).toHaveLength(history);
    await withWorker(bench, options, async () => {
      await client.workflow.getHandle(waiting).signal('go');
      expect(await client.workflow.getHandle(waiting).result()).toBe(3);
    });
    expect(memory.open()).toEqual([]);
  });
});
