import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import type { ExpectedSpan } from '../../src/testing/expected-span.js';
import { eventsOf } from '../helpers/history-events.js';
import { describeWith } from '../helpers/servers.js';
import { startedRun, timer } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { expectWholeTrace, spanNamed, spansOfType } from '../helpers/whole-trace.js';
import {
  cancelSleepInScope,
  cancelTimerAtOnce,
  cancelTimerLater,
  raceTimers,
  sleepFor,
  sleepInParallel,
  sleepTwice,
  waitInTime,
  waitTooLong,
} from './workflows/wait.js';

let bundle: WorkflowBundle;
const HOUR_MS = 3_600_000;
const lasting = (durationMs: number): ExpectedSpan => timer({ attributes: { 'temporal.timer.duration_ms': durationMs } });
const canceled = (durationMs: number): ExpectedSpan =>
  timer({ status: 'CANCELED', attributes: { 'temporal.timer.duration_ms': durationMs } });

interface TimerCase {
  readonly name: string;
  readonly workflow: () => Promise<string>;
  readonly result: string;
  readonly timers: readonly ExpectedSpan[];
}

const CASES: readonly TimerCase[] = [
  {
    name: 'three timers at once are three spans',
    workflow: sleepInParallel,
    result: 'slept',
    timers: [lasting(10), lasting(20), lasting(10)],
  },
  {
    name: 'a timer cancelled in the task that started it is cancelled',
    workflow: cancelTimerAtOnce,
    result: 'cancelled',
    timers: [canceled(HOUR_MS)],
  },
  {
    name: 'a timer cancelled later is cancelled',
    workflow: cancelTimerLater,
    result: 'cancelled',
    timers: [lasting(10), canceled(HOUR_MS)],
  },
  {
    name: 'the limit of a condition that comes in time is cancelled',
    workflow: waitInTime,
    result: 'in time',
    timers: [lasting(10), canceled(HOUR_MS)],
  },
  {
    name: 'the limit of a condition that never comes fires',
    workflow: waitTooLong,
    result: 'too late',
    timers: [lasting(20)],
  },
  {
    name: 'a scope that times out fires its own timer and cancels the one inside',
    workflow: cancelSleepInScope,
    result: 'cancelled',
    timers: [lasting(20), canceled(HOUR_MS)],
  },
  {
    name: 'a timer that lost a race is left open by the workflow',
    workflow: raceTimers,
    result: 'short',
    timers: [
      lasting(10),
      timer({
        status: 'CANCELED',
        statusMessage: 'left open by the workflow',
        attributes: { 'temporal.timer.duration_ms': HOUR_MS },
      }),
    ],
  },
];

describeWith('temporalServer')('timers', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('wait');
  });

  test('a timer is a span from its start until it fires', async () => {
    const traced = await startTracedWorker({ bundle });
    const handle = await traced.start(sleepFor, [50]);
    expect(await handle.result()).toBe('slept');
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('sleepFor', [lasting(50)])]);
    const { startTime, endTime } = spanNamed(memory, 'timer');
    expect((endTime as number) - startTime).toBeGreaterThanOrEqual(50_000);
  });

  test.each(CASES.map((one) => [one.name, one] as const))('%s', async (_name, { workflow, result, timers }) => {
    const traced = await startTracedWorker({ bundle });
    const handle = await traced.start(workflow);
    expect(await handle.result()).toBe(result);
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun(workflow.name, timers)]);
    expect(spansOfType(memory, 'timer')).toHaveLength(timers.length);
  });

  test('a timer of ours has no span', async () => {
    // What happens before the linger is over waits for it, by a timer.
    const traced = await startTracedWorker({ bundle, everspan: { lingerMs: 60_000 } });
    const handle = await traced.start(sleepTwice);
    await handle.result();
    expect(await eventsOf(handle, 'timerStartedEventAttributes')).toHaveLength(3);
    expectWholeTrace(await traced.finish(), [startedRun('sleepTwice', [lasting(10), lasting(20)])]);
  });
});
