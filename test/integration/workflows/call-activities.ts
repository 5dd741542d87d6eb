import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';

interface Activities {
  greet(name: string): Promise<string>;
  failTwice(): Promise<string>;
  refuse(): Promise<void>;
  completeElsewhere(): Promise<string>;
  hang(): Promise<void>;
}

const retried = {
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: 10, backoffCoefficient: 1, maximumAttempts: 5 },
} as const;
const remote = proxyActivities<Activities>(retried);
const local = proxyLocalActivities<Activities>(retried);
const impatient = proxyActivities<Activities>({ startToCloseTimeout: 200, retry: { maximumAttempts: 1 } });
// A back-off above the threshold becomes a timer of the server, and the activity is scheduled anew.
const localWithTimers = proxyLocalActivities<Activities>({
  ...retried,
  retry: { initialInterval: 30, backoffCoefficient: 1 },
  localRetryThreshold: 5,
});

export async function callActivity(name: string): Promise<string> {
  return remote.greet(name);
}

export async function retryActivity(): Promise<string> {
  return remote.failTwice();
}

export async function swallowFailure(): Promise<string> {
  return remote.refuse().then(
    () => 'no failure',
    (error: unknown) => `swallowed ${(error as Error).name}`,
  );
}

export async function swallowTimeout(): Promise<string> {
  return impatient.hang().then(
    () => 'no failure',
    (error: unknown) => `swallowed ${(error as Error).name}`,
  );
}

export async function callLocalActivity(name: string): Promise<string> {
  return local.greet(name);
}

export async function retryLocalActivity(): Promise<string> {
  return local.failTwice();
}

export async function backOffLocally(): Promise<string> {
  return localWithTimers.failTwice();
}

export async function backOffTwoAtOnce(): Promise<string[]> {
  return Promise.all([localWithTimers.failTwice(), localWithTimers.failTwice()]);
}

export async function refuseLocally(): Promise<string> {
  return local.refuse().then(
    () => 'no failure',
    (error: unknown) => `swallowed ${(error as Error).name}`,
  );
}

export async function completeAsync(): Promise<string> {
  return remote.completeElsewhere();
}
