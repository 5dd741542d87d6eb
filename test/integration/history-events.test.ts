import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import type { Span } from '../../src/span/span.js';
import { START_SPAN } from '../../src/wire/activity-names.js';
import { eventsOf, type HistoryEvent, isOurs, localActivityOf, ofType, typeOf } from '../helpers/event-history.js';
import { describeWith } from '../helpers/servers.js';
import { type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';

let bundles: Bundles;

/** The history of `count` activities; the one with number `value` takes `durationMs(value)`. */
async function historyOf(
  kind: 'traced' | 'untraced',
  workflow: 'steps' | 'stepsAtOnce',
  count: number,
  durationMs: (value: number) => number,
): Promise<HistoryEvent[]> {
  const bench = await setUpBench('events');
  const { plugin } = quietPlugin({ processors: [new InMemoryProcessor()] });
  const step = async (value: number) => {
    await delay(durationMs(value));
    return value;
  };
  const options = { workflowBundle: bundles[kind], activities: { step }, plugins: kind === 'traced' ? [plugin] : [] };
  return withWorker(bench, options, async () => {
    const { client, taskQueue } = bench;
    await client.workflow.execute(workflow, { workflowId: taskQueue, taskQueue, args: [count] });
    return eventsOf(client, taskQueue);
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
      historyOf('traced', 'steps', count, () => durationMs),
      historyOf('untraced', 'steps', count, () => durationMs),
    ]);
    expect(traced.length - untraced.length).toBeGreaterThan(0);
    expect(traced.length - untraced.length).toBeLessThanOrEqual(moreAtMost);
  });

  test('of 50 side by side', async () => {
    // They end one after the other, in many workflow tasks: none of these may cost a flight.
    const events = await historyOf('traced', 'stepsAtOnce', 50, (value) => value * 6);
    // How many of the activities end in one workflow task differs from run to run, so what is compared is what is ours, with the tasks that it causes.
    const ours = events.filter((event) => isOurs(event, events));
    const tasks = ofType(ours, 'TIMER_FIRED', 'ACTIVITY_TASK_COMPLETED').length;
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.length + 3 * tasks).toBeLessThanOrEqual(10);
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
    // The first marker is the gate's. The last batch has no event.
    expect(flights).toEqual(['MARKER_RECORDED', 'TIMER_FIRED', START_SPAN, 'ACTIVITY_TASK_COMPLETED']);
  });
});
