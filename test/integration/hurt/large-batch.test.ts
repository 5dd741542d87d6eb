import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { Span } from '../../../src/span/span.js';
import { InMemoryProcessor } from '../../../src/processors/in-memory-processor.js';
import { BATCH_BYTES_MAX } from '../../../src/span/limits.js';
import { END_SPAN, START_SPAN } from '../../../src/wire/activity-names.js';
import { eventsOf, ofType, taskFailures } from '../../helpers/event-history.js';
import { isAway, ScriptedProcessor } from '../../helpers/scripted-processor.js';
import { describeWith } from '../../helpers/servers.js';
import { type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../../helpers/worker-harness.js';

const activities = { step: async (value: number) => value };
const SPANS = 150;
const BYTES = 15_000;

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/steps.ts', import.meta.url)));
});

describeWith('temporalServer')('a flush of megabytes', () => {
  test.each(['auto', 'remote', 'local'] as const)(
    'goes as several batches and does not fail the workflow: delivery %s',
    async (delivery) => {
      const bench = await setUpBench('large');
      const memory = new InMemoryProcessor();
      const { plugin } = quietPlugin({ processors: [memory], delivery, lingerMs: 0 });
      const { client, taskQueue } = bench;
      const options = { workflowBundle: bundles.traced, activities, plugins: [plugin] };
      const result = await withWorker<unknown>(bench, options, async () => {
        const handle = await client.workflow.start('megabytes', { workflowId: taskQueue, taskQueue, args: [SPANS, BYTES] });
        const areOut = (spans: readonly Span[]) =>
          spans.filter((span) => span.type === 'custom' && span.status === 'OK').length === SPANS;
        await memory.waitFor(areOut, { timeoutMs: 60_000 });
        await handle.signal('go');
        return (await handle.result()) as unknown;
      });
      expect(result).toBe(SPANS);
      const events = await eventsOf(client, taskQueue);
      expect(taskFailures(events)).toEqual([]);
      const scheduled = ofType(events, 'ACTIVITY_TASK_SCHEDULED').map((event) => event.activityTaskScheduledEventAttributes);
      const batches = scheduled.filter((attributes) => [START_SPAN, END_SPAN].includes(attributes?.activityType?.name ?? ''));
      const sizes = batches.map((attributes) => attributes?.input?.payloads?.[0]?.data?.length ?? 0);
      // The envelope of a batch, what all its spans share, comes on top.
      for (const size of sizes) expect(size).toBeLessThan(BATCH_BYTES_MAX + 4_096);
      const historyBytes = sizes.reduce((sum, size) => sum + size, 0);
      expect(historyBytes).toBeGreaterThan(delivery === 'remote' ? 2 * 1_048_576 : -1);
      expect(memory.open()).toEqual([]);
      const parts = memory.spans().filter((span) => span.type === 'custom');
      expect(parts).toHaveLength(SPANS);
      for (const part of parts) expect([part.input, part.output]).toEqual(['i'.repeat(BYTES), 'o'.repeat(BYTES)]);
    },
  );

  test('that comes back from a processor that is away goes on in parts that the server takes', async () => {
    const bench = await setUpBench('large');
    const processor = new ScriptedProcessor('scripted', isAway);
    const { plugin } = quietPlugin({ processors: [processor], lingerMs: 0, shutdownTimeoutMs: 100 });
    const { client, taskQueue } = bench;
    const options = { workflowBundle: bundles.traced, activities, plugins: [plugin] };
    const result = await withWorker<unknown>(bench, options, async () => {
      const handle = await client.workflow.start('megabytes', { workflowId: taskQueue, taskQueue, args: [SPANS, BYTES] });
      await handle.signal('go');
      return (await handle.result()) as unknown;
    });
    expect(result).toBe(SPANS);
    expect(taskFailures(await eventsOf(client, taskQueue))).toEqual([]);
  });
});
