import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  uuid4,
} from '@temporalio/workflow';
import { withSpan } from '../../../../src/workflow.js';

export const go = defineSignal('go');
export const stop = defineSignal<[reason: string]>('stop');
export const count = defineQuery<number>('count');

const { step } = proxyActivities<{ step(value: number): Promise<number> }>({ startToCloseTimeout: '1 minute' });
const local = proxyLocalActivities<{ step(value: number): Promise<number> }>({ startToCloseTimeout: '1 minute' });
const { nowhere } = proxyLocalActivities<{ nowhere(): Promise<void> }>({ startToCloseTimeout: '1 minute' });

/** Activities one after the other. */
export async function steps(times: number): Promise<number> {
  let sum = 0;
  setHandler(count, () => sum);
  for (let turn = 1; turn <= times; turn += 1) sum += await step(turn);
  return sum;
}

/** Activities all at once. */
export async function stepsAtOnce(times: number): Promise<number> {
  const values = await Promise.all(Array.from({ length: times }, (_, index) => step(index)));
  return values.reduce((sum, value) => sum + value, 0);
}

/** Local and remote activities, timers and drawn ids mixed: what comes of the user's counters. */
export async function mixed(): Promise<string> {
  const first = await Promise.all([step(1), local.step(2), sleep(1), step(3)]);
  const drawn = uuid4();
  const second = await local.step(4);
  await sleep(1);
  const third = await Promise.all([local.step(5), step(6)]);
  return `${first.join()} ${second} ${third.join()} ${drawn.length}`;
}

/** Local activities, all at once. */
export async function localSteps(times: number): Promise<number> {
  const values = await Promise.all(Array.from({ length: times }, (_, index) => local.step(index)));
  return values.reduce((sum, value) => sum + value, 0);
}

/** Waits for `go` between two activities. */
export async function stepWaitStep(): Promise<number> {
  let isReleased = false;
  setHandler(go, () => {
    isReleased = true;
  });
  const first = await step(1);
  await condition(() => isReleased);
  return first + (await step(2));
}

/** Ends as cancelled, after some cleaning up, wherever it is when the cancellation comes. */
export async function cancellable(where: 'activity' | 'timer' | 'condition' | 'local' | 'nothing'): Promise<string> {
  try {
    if (where === 'activity') await step(-1);
    else if (where === 'timer') await sleep('1 hour');
    else if (where === 'local') await local.step(-1);
    else if (where === 'condition') await condition(() => false);
    else await CancellationScope.current().cancelRequested;
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => step(1));
    throw error;
  }
  return 'not cancelled';
}

/** A handler that throws an ApplicationFailure closes the run; the main function never goes on. */
export async function closedByHandler(): Promise<void> {
  setHandler(stop, (reason) => {
    throw ApplicationFailure.nonRetryable(reason, 'Stopped');
  });
  await condition(() => false);
}

/** Catches that a local activity is not registered, and goes on. */
export async function localNowhere(): Promise<number> {
  try {
    await nowhere();
  } catch {
    // What a careful user does: the other way.
  }
  return step(1);
}

/** Leaves activities and timers to themselves. */
export async function unawaited(): Promise<string> {
  void step(1).catch(() => {});
  void sleep('1 hour').catch(() => {});
  void step(2).catch(() => {});
  await step(3);
  return 'done';
}

/** A version of the user's own. */
export async function versioned(): Promise<string> {
  const isNew = patched('user/change');
  await step(1);
  return isNew ? 'new' : 'old';
}

/** Spans of `bytes` characters each, `times` at once: more than one command of Temporal's may carry. */
export async function megabytes(times: number, bytes: number): Promise<number> {
  const work = Array.from({ length: times }, (_, index) =>
    withSpan(
      `part ${index}`,
      async (span) => {
        await sleep(1);
        span.setOutput('o'.repeat(bytes));
      },
      { attributes: { index }, input: 'i'.repeat(bytes) },
    ),
  );
  let isReleased = false;
  setHandler(go, () => {
    isReleased = true;
  });
  await Promise.all(work);
  // The spans have ended: they fly while this waits.
  await condition(() => isReleased);
  return step(times);
}
