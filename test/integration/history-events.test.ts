import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import type { Span } from '../../src/span/span.js';
import { END_SPAN, START_SPAN } from '../../src/wire/activity-names.js';
import { eventsOf, localActivityOf, ofType, typeOf } from '../helpers/event-history.js';
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

  test('a run that waits for something slow is told of by a timer of a second and a half, and by none before', async () => {
    const processor = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [processor] });
    const bench = await setUpBench('told');
    const { client, taskQueue } = bench;
    const isTold = (spans: readonly Span[]) => spans.some(({ type }) => type === 'workflow');
    // The activity ends when the run has been told of, and not before.
    const step = async (value: number) => {
      await processor.waitFor(isTold, { timeoutMs: 20_000 });
      return value;
    };
    const options = { workflowBundle: bundles.traced, activities: { step }, plugins: [plugin] };
    const events = await withWorker(bench, options, async () => {
      await client.workflow.execute('steps', { workflowId: taskQueue, taskQueue, args: [1] });
      return eventsOf(client, taskQueue);
    });

    const [timer, ...others] = ofType(events, 'TIMER_STARTED');
    expect(others).toEqual([]);
    expect(timer?.timerStartedEventAttributes?.startToFireTimeout).toMatchObject({ nanos: 500_000_000 });
    expect(Number(timer?.timerStartedEventAttributes?.startToFireTimeout?.seconds)).toBe(1);
    const flights = ofType(events, 'TIMER_FIRED', 'MARKER_RECORDED', 'ACTIVITY_TASK_COMPLETED').map(
      (event) => localActivityOf(event)?.activityType ?? typeOf(event),
    );
    // The first marker is the gate's.
    expect(flights).toEqual(['MARKER_RECORDED', 'TIMER_FIRED', START_SPAN, 'ACTIVITY_TASK_COMPLETED', END_SPAN]);
  });
});
