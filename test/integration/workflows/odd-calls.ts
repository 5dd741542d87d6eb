import {
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import { activeTrace, withSpan } from '../../../src/workflow.js';

interface Activities {
  greet(name: string): Promise<string>;
  fail(): Promise<void>;
  hang(): Promise<void>;
}
const endless = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: Number.POSITIVE_INFINITY },
});
const brief = proxyActivities<Activities>({ startToCloseTimeout: '1 second', retry: { maximumAttempts: 1 } });
const backingOff = proxyLocalActivities<Activities>({
  startToCloseTimeout: '1 minute',
  localRetryThreshold: 50,
  retry: { initialInterval: '1 hour', maximumInterval: '1 hour' },
});

const plain = proxyLocalActivities<Activities>({ startToCloseTimeout: '1 minute' });

export const go = defineSignal('go');

/** While the module loads there is no run yet. */
const table = withSpan('load the table', () => [activeTrace() === undefined ? 'no trace' : 'a trace']);

function untilGo(): Promise<void> {
  let isTold = false;
  setHandler(go, () => {
    isTold = true;
  });
  return condition(() => isTold);
}

/** The SDK takes `Infinity` as "no limit". */
export async function retryForEver(): Promise<string> {
  return endless.greet('for ever');
}

/** What JavaScript lets through. */
export async function misspell(): Promise<string> {
  withSpan('misspelt', (span) => span.setStatus('Fine' as never), { kind: 'internal' as never, type: 7 as never });
  withSpan('nothing', () => {}, null as never);
  return 'unharmed';
}

/** Gives a local activity up while it waits for its next attempt. */
export async function cancelBackoff(): Promise<string> {
  const scope = new CancellationScope();
  const failing = scope.run(() => backingOff.fail());
  const outcome = failing.then(
    () => 'done',
    (error: unknown) => (isCancellation(error) ? 'cancelled' : String(error)),
  );
  await untilGo();
  scope.cancel();
  const ended = await outcome;
  await sleep(1_500);
  return ended;
}

export async function greetOnce(): Promise<string> {
  return brief.greet('once');
}

export async function greetAndRest(): Promise<string> {
  const greeting = await brief.greet('and rest');
  await sleep(2_500);
  return greeting;
}

export async function readTable(): Promise<readonly string[]> {
  return table;
}

/** Calls that are over before the first flush of the run has been answered. */
export async function greetLocally(): Promise<string> {
  await plain.greet('first');
  await plain.greet('second');
  return plain.greet('third');
}

/** Fails, though nobody cancelled it. */
export async function cancelItself(): Promise<void> {
  const scope = new CancellationScope();
  const sleeping = scope.run(() => sleep('1 hour'));
  scope.cancel();
  await sleeping;
}

export async function failByTimeout(): Promise<void> {
  await brief.hang();
}

export async function continueWhenCancelled(left: number): Promise<string> {
  if (left === 0) return 'continued';
  try {
    await sleep('1 hour');
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
  return continueAsNew<typeof continueWhenCancelled>(left - 1);
}
