import { ApplicationFailure, continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: '1 minute' });

/** Continues as new until nothing is left to count down. */
export async function countDown(left: number): Promise<string> {
  await greet(`number ${left}`);
  if (left > 0) await continueAsNew<typeof countDown>(left - 1);
  return 'done';
}

export async function failOnce(): Promise<string> {
  await greet('anybody');
  const { attempt } = workflowInfo();
  if (attempt === 1) throw ApplicationFailure.retryable('not at once', 'NotYet');
  return `attempt ${attempt}`;
}

export async function greetOnSchedule(): Promise<string> {
  return greet('schedule');
}
