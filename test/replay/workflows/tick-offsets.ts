import { defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import { withSpan } from '../../../src/workflow.js';

export const go = defineSignal('go');

interface Activities {
  first(): Promise<void>;
  left(): Promise<void>;
  right(): Promise<void>;
}

/**
 * Two branches that one workflow task wakes: the signal comes before the end of `first`. The left one goes on from an activity, the right one
 * `ticks` promises after the signal; which of them makes its command first is decided by ticks alone.
 */
export async function offsets(ticks: number, taskQueue: string): Promise<void> {
  const { first, left, right } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute', taskQueue });
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  setHandler(go, () => release());
  const goOn = async () => {
    await first();
    await left();
  };
  const comeLate = async () => {
    await released;
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
    await right();
  };
  await Promise.all([goOn(), comeLate()]);
}

/** How many ticks pass until a caller goes on after bodies of several lengths, bare and in a span; and whether a span gives the body's own promise. */
export async function spanTicks(): Promise<{ bare: number[]; spanned: number[]; isItsPromise: boolean }> {
  const bare: number[] = [];
  const spanned: number[] = [];
  for (let length = 0; length < 4; length += 1) {
    const body = async () => {
      for (let tick = 0; tick < length; tick += 1) await Promise.resolve();
    };
    bare.push(await ticksUntil(body));
    spanned.push(await ticksUntil(() => withSpan('outer', () => withSpan('inner', body))));
  }
  const promise = Promise.resolve();
  return { bare, spanned, isItsPromise: withSpan('of a promise', () => promise) === promise };
}

async function ticksUntil(call: () => Promise<void>): Promise<number> {
  let isOver = false;
  let ticks = 0;
  const countTicks = async () => {
    for (; !isOver && ticks < 100; ticks += 1) await Promise.resolve();
  };
  const counting = countTicks();
  await call();
  isOver = true;
  await counting;
  return ticks;
}
