import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

export const early = defineSignal<[value: number]>('early');

const { step } = proxyActivities<{ step(value: number): Promise<number> }>({ startToCloseTimeout: '1 minute' });
const taken: number[] = [];

// At the top level: it takes signals before the workflow function has begun, and commands come of it.
setHandler(early, async (value) => {
  taken.push(await step(value));
});

/** Waits until the signal that may have come before it is worked on. */
export async function earlySignal(): Promise<number[]> {
  await condition(() => taken.length > 0);
  return taken;
}
