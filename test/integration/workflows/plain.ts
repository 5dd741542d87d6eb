import { proxyActivities } from '@temporalio/workflow';

const { step } = proxyActivities<{ step(value: number): Promise<number> }>({ startToCloseTimeout: '1 minute' });

/** One activity. */
export async function plain(value: number): Promise<number> {
  return step(value);
}
