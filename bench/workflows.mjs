import { condition, defineSignal, executeChild, proxyActivities, setHandler } from '@temporalio/workflow';

/** @type {import('@temporalio/workflow').ActivityInterfaceFor<typeof import('./activities.mjs')>} */
const { quick, slow } = proxyActivities({ startToCloseTimeout: '1 minute' });

const tick = defineSignal('tick');

/** `count` activities that do nothing, one after another. @param {number} count */
export async function inARow(count) {
  for (let index = 0; index < count; index += 1) await quick(index);
}

/** `count` activities of `durationMs` each, one after another. @param {number} count @param {number} durationMs */
export async function inARowSlow(count, durationMs) {
  for (let index = 0; index < count; index += 1) await slow(durationMs);
}

/** `count` activities that do nothing, all at once. @param {number} count */
export async function inParallel(count) {
  await Promise.all(Array.from({ length: count }, (_, index) => quick(index)));
}

/** `count` children of one activity each, all at once. @param {number} count */
export async function withChildren(count) {
  await Promise.all(Array.from({ length: count }, () => executeChild(inARow, { args: [1] })));
}

/** One activity for each of `count` signals. @param {number} count */
export async function signalLoop(count) {
  let waiting = 0;
  setHandler(tick, () => {
    waiting += 1;
  });
  const isWaiting = () => waiting > 0;
  for (let index = 0; index < count; index += 1) {
    await condition(isWaiting);
    waiting -= 1;
    await quick(index);
  }
}

/** Takes signals until none waits, then ends: the number it took. */
export async function drain() {
  let waiting = 0;
  let taken = 0;
  setHandler(tick, () => {
    waiting += 1;
  });
  await condition(() => waiting > 0);
  while (waiting > 0) {
    waiting -= 1;
    taken += 1;
  }
  return taken;
}
