import { proxyActivities, proxyLocalActivities, sleep } from '@temporalio/workflow';

interface Activities {
  quick(): Promise<number>;
  afterFlight(): Promise<number>;
  step(value: number): Promise<number>;
}
const remote = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });
const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '1 minute' });

/** Two local activities: one ends before the first flush is answered, one after; then what `next` says. */
export async function besideLocals(next: 'close' | 'activity' | 'timer' | 'local'): Promise<number> {
  const [quick, after] = await Promise.all([local.quick(), local.afterFlight()]);
  if (next === 'activity') return quick + after + (await remote.step(1));
  if (next === 'timer') await sleep(10);
  if (next === 'local') return quick + after + (await local.quick());
  return quick + after;
}
