import {
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  executeChild,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { withSpan } from 'everspan/workflow';
import type { activities } from '../activities.mjs';

// A process that dies takes its activities along: they begin again once their time is over.
const remote = proxyActivities<typeof activities>({
  startToCloseTimeout: '4s',
  retry: { initialInterval: 100, backoffCoefficient: 1 },
});
const local = proxyLocalActivities<typeof activities>({
  startToCloseTimeout: '4s',
  retry: { initialInterval: 10, backoffCoefficient: 1 },
});

export const go = defineSignal('go');

/** Activities one after the other and side by side, spans of its own around some, a timer. */
export async function steps(): Promise<void> {
  await remote.quick();
  await withSpan('gather', async () => {
    await Promise.all([remote.read(), remote.read(), remote.read()]);
    await withSpan('order', () => remote.rank());
  });
  await local.look();
  await sleep(50);
  await remote.quick();
}

/** Long enough for a START to be out before the activity is done, and for a flush between the activity and the end. */
export async function slowSteps(): Promise<void> {
  await remote.slow();
  await sleep(1_500);
  await remote.quick();
}

/** An activity that is done well before the next flush, and much later an end. */
export async function quickThenWait(): Promise<void> {
  await remote.quick();
  await local.look();
  await sleep(2_500);
}

/** Two children, one of them told to go on by a signal. */
export async function family(): Promise<void> {
  const waiting = await startChild(child, { args: [true] });
  const done = executeChild(child, { args: [false] });
  await waiting.signal(go);
  await Promise.all([waiting.result(), done]);
}

export async function child(waits: boolean): Promise<void> {
  let isTold = false;
  setHandler(go, async () => {
    await remote.quick();
    isTold = true;
  });
  if (waits) await condition(() => isTold);
  await local.look();
}

/** Ends when it was told to twice. */
export async function waiter(): Promise<void> {
  let told = 0;
  setHandler(go, () => {
    told += 1;
  });
  await remote.quick();
  await condition(() => told === 2);
  await remote.rank();
}

/** A chain of three runs. */
export async function chain(run: number): Promise<void> {
  await remote.quick();
  await sleep(100);
  if (run < 2) await continueAsNew<typeof chain>(run + 1);
  await local.look();
}

/** What does not go well at once: retries, a failure that is caught, a timer that is cancelled. */
export async function troubles(): Promise<void> {
  await remote.flaky();
  await local.flakyLook();
  await remote.broken().catch(() => undefined);
  const scope = new CancellationScope();
  const cancelled = scope
    .run(() => sleep(600_000))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  await remote.quick();
  scope.cancel();
  await cancelled;
}

/** Two local activities at once, with a flush under way: what follows each must keep its order, however their ends fall together. */
export async function localTogether(): Promise<void> {
  await Promise.all([local.look(), local.lookLonger().then(() => sleep(50))]);
}
