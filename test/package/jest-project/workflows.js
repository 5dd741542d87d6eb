import { proxyActivities } from '@temporalio/workflow';
import { withSpan } from 'everspan/workflow';

/** @type {{ double(value: number): Promise<number> }} */
const { double } = proxyActivities({ startToCloseTimeout: '1 minute', retry: { maximumAttempts: 1 } });

/** @param {number} value */
export async function doubleTwice(value) {
  const once = await double(value);
  return withSpan('once more', () => double(once));
}
