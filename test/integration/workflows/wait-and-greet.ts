import { proxyActivities, sleep } from '@temporalio/workflow';
import { greetingOf } from './greeting.js';

const { lookUpName } = proxyActivities<{ lookUpName(id: number): Promise<string> }>({ startToCloseTimeout: '1 minute' });

export async function waitAndGreet(waitMs: number): Promise<string> {
  await sleep(waitMs);
  return greetingOf(await lookUpName(7));
}
