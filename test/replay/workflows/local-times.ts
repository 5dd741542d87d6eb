import { proxyActivities, proxyLocalActivities, proxySinks, type Sinks, sleep } from '@temporalio/workflow';
import type { activities } from '../local-activity-times.test.js';

export interface TimeSinks extends Sinks {
  readonly clock: { saw(timeMs: number): void };
}

const local = proxyLocalActivities<typeof activities>({ startToCloseTimeout: '10s' });
const remote = proxyActivities<typeof activities>({ startToCloseTimeout: '10s' });
const { clock } = proxySinks<TimeSinks>();

/** Tells what time it is after each step. */
export async function localTimes(durationsMs: readonly number[]): Promise<void> {
  for (const durationMs of durationsMs) {
    await local.take(durationMs);
    clock.saw(Date.now());
  }
  await remote.take(1);
  // What was waiting for a flush leaves beside the next local activity.
  await local.take(30);
  clock.saw(Date.now());
  await sleep(1_100);
  await local.take(20);
  clock.saw(Date.now());
}
