import { proxyActivities, sleep } from '@temporalio/workflow';
import { withSpan } from 'everspan/workflow';

/** @type {{ double: (value: number) => Promise<number> }} */
const { double } = proxyActivities({ startToCloseTimeout: '1 minute' });

/** @param {number} value */
export async function doubleLater(value) {
  await sleep(1);
  return await withSpan('double it', () => double(value));
}
