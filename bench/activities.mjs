import { setTimeout as wait } from 'node:timers/promises';

/** Gives back what it is given, at once. @param {number} index */
export async function quick(index) {
  return index;
}

/** Takes `durationMs`. @param {number} durationMs */
export async function slow(durationMs) {
  await wait(durationMs);
}
