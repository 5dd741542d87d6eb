import { proxyActivities, sleep } from '@temporalio/workflow';

/** @type {{ double: (value: number) => Promise<number> }} */
const { double } = proxyActivities({ startToCloseTimeout: '1 minute' });

/** @param {number} value */
export async function doubleLater(value) {
  await sleep(1);
  return await double(value);
}
