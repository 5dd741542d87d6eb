import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';

export async function sleepFor(sleepMs: number): Promise<string> {
  await sleep(sleepMs);
  return 'slept';
}

export async function sleepInParallel(): Promise<string> {
  await Promise.all([sleep(10), sleep(20), sleep(10)]);
  return 'slept';
}

export async function sleepTwice(): Promise<string> {
  await sleep(10);
  await sleep(20);
  return 'slept';
}

/** The timer that loses a race is cancelled before its workflow task is over, so the server never sees it. */
export async function cancelTimerAtOnce(): Promise<string> {
  const scope = new CancellationScope();
  const sleeping = scope.run(() => sleep('1 hour'));
  scope.cancel();
  return sleeping.then(
    () => 'slept',
    (error: unknown) => (isCancellation(error) ? 'cancelled' : String(error)),
  );
}

export async function cancelTimerLater(): Promise<string> {
  const scope = new CancellationScope();
  const sleeping = scope.run(() => sleep('1 hour'));
  await sleep(10);
  scope.cancel();
  return sleeping.then(
    () => 'slept',
    (error: unknown) => (isCancellation(error) ? 'cancelled' : String(error)),
  );
}

/** Waits for a condition that comes in time; the timer behind its limit is cancelled. */
export async function waitInTime(): Promise<string> {
  let isReady = false;
  const waiting = condition(() => isReady, '1 hour');
  await sleep(10);
  isReady = true;
  return (await waiting) ? 'in time' : 'too late';
}

export async function waitTooLong(): Promise<string> {
  return (await condition(() => false, 20)) ? 'in time' : 'too late';
}

export async function cancelSleepInScope(): Promise<string> {
  return CancellationScope.withTimeout(20, () => sleep('1 hour')).then(
    () => 'slept',
    (error: unknown) => (isCancellation(error) ? 'cancelled' : String(error)),
  );
}

/** The loser of the race is still asleep when the run completes. */
export async function raceTimers(): Promise<string> {
  return Promise.race([sleep(10).then(() => 'short'), sleep('1 hour').then(() => 'long')]);
}
