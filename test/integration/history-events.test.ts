import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { eventsOf } from '../helpers/event-history.js';
import { describeWith } from '../helpers/servers.js';
import { type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';

let bundles: Bundles;

/** How many events the history of `count` activities in a row has, each of `durationMs`. */
async function countEvents(kind: 'traced' | 'untraced', count: number, durationMs: number): Promise<number> {
  const bench = await setUpBench('events');
  const { plugin } = quietPlugin({ processors: [new InMemoryProcessor()] });
  const step = async (value: number) => {
    await delay(durationMs);
    return value;
  };
  const options = { workflowBundle: bundles[kind], activities: { step }, plugins: kind === 'traced' ? [plugin] : [] };
  return withWorker(bench, options, async () => {
    const { client, taskQueue } = bench;
    await client.workflow.execute('steps', { workflowId: taskQueue, taskQueue, args: [count] });
    return (await eventsOf(client, taskQueue)).length;
  });
}

describeWith('temporalServer')('with the default configuration tracing adds few events to a history', () => {
  beforeAll(async () => {
    bundles = await makeBundles(fileURLToPath(new URL('./hurt/workflows/steps.ts', import.meta.url)));
  });

  test.each([
    ['of one activity', 1, 0, 4],
    ['of 10 in a row', 10, 0, 7],
    // As long as the timer that wakes a run: it must not fire for each of them.
    ['of 6 slow ones', 6, 1_500, 16],
  ])('%s', async (_what, count, durationMs, moreAtMost) => {
    const [traced, untraced] = await Promise.all([
      countEvents('traced', count, durationMs),
      countEvents('untraced', count, durationMs),
    ]);
    expect(traced - untraced).toBeGreaterThan(0);
    expect(traced - untraced).toBeLessThanOrEqual(moreAtMost);
  });
});
