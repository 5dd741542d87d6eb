import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  createNexusServiceClient,
  defineSignal,
  defineUpdate,
  executeChild,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  proxySinks,
  type Sinks,
  setHandler,
  sleep,
  startChild,
  uuid4,
} from '@temporalio/workflow';
import * as nexus from 'nexus-rpc';
import { withSpan } from '../../../src/workflow.js';

// Histories of these are kept for ever: a workflow here is never changed, only added.

export const push = defineSignal<[value: number]>('push');
export const add = defineUpdate<number, [value: number]>('add');

/** Takes what was drawn, in replay too. */
export interface ObserverSinks extends Sinks {
  observer: { drawn(values: string[]): void };
}
const { observer } = proxySinks<ObserverSinks>();

interface Activities {
  step(value: number): Promise<number>;
  flaky(failures: number): Promise<number>;
  pause(milliseconds: number): Promise<number>;
}
const remote = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: 10, maximumAttempts: 3 },
});
const local = proxyLocalActivities<Activities>({
  startToCloseTimeout: '1 minute',
  localRetryThreshold: 50,
  retry: { initialInterval: 200, backoffCoefficient: 2, maximumAttempts: 3 },
});

/** Draws before, between and after all kinds of calls. */
export async function draws(): Promise<void> {
  observer.drawn([uuid4(), String(Math.random())]);
  await remote.step(1);
  observer.drawn([uuid4()]);
  await Promise.all([local.step(2), sleep(1), remote.step(3)]);
  observer.drawn([String(Math.random()), uuid4()]);
}

export async function inParallel(): Promise<number> {
  const values = await Promise.all([1, 2, 3, 4, 5].map((value) => remote.step(value)));
  return values.reduce((sum, value) => sum + value, 0);
}

export async function localWithBackoff(): Promise<number> {
  return local.flaky(1);
}

export async function failing(): Promise<void> {
  await remote.step(1);
  throw ApplicationFailure.nonRetryable('no', 'Refused');
}

export async function cancelled(): Promise<void> {
  try {
    await Promise.all([sleep('1 hour'), remote.step(1)]);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => remote.step(2));
    throw error;
  }
}

/** Signals and updates, some of which make commands of their own. */
export async function messages(): Promise<number> {
  let sum = 0;
  setHandler(push, async (value) => {
    const done = await remote.step(value);
    sum += done;
  });
  setHandler(add, async (value) => {
    const done = await local.step(value);
    sum += done;
    return sum;
  });
  await condition(() => sum >= 6);
  return sum;
}

export async function child(value: number): Promise<number> {
  await sleep(1);
  return remote.step(value);
}

export async function parent(): Promise<number> {
  const started = await startChild(child, { args: [1] });
  const second = await executeChild(child, { args: [2] });
  return (await started.result()) + second;
}

export async function continued(left: number): Promise<number> {
  await remote.step(left);
  if (left > 1) return continueAsNew<typeof continued>(left - 1);
  return left;
}

/** Spans of the user's own, nested and side by side, over several flushes. */
export async function ownSpans(): Promise<number> {
  return withSpan('outer', async (outer) => {
    outer.setAttribute('kind', 'recorded');
    const values = await Promise.all([1, 2, 3].map((value) => withSpan(`inner ${value}`, () => remote.step(value))));
    await sleep(10);
    return withSpan('last', async () => values.length + (await local.step(1)));
  });
}

/** A version of the user's own, before and after the first command. */
export async function versions(): Promise<string> {
  const first = patched('user/first');
  await remote.step(1);
  const second = patched('user/second');
  await sleep(1);
  return `${first} ${second}`;
}

/** Un-awaited work, timers that are cancelled, a race. */
export async function races(): Promise<number> {
  void remote.step(9).catch(() => {});
  const scope = new CancellationScope();
  const timer = scope.run(() => sleep('1 hour')).catch(() => 'cancelled');
  const first = await Promise.race([remote.step(1), sleep('1 hour').then(() => 0)]);
  scope.cancel();
  await timer;
  return first + (await remote.step(2));
}

/** Activities in a row that take so long, each in a span of the user's own. */
export async function pauses(durationsMs: readonly number[]): Promise<number> {
  let sum = 0;
  for (const durationMs of durationsMs) sum += await withSpan(`pause ${durationMs}`, () => remote.pause(durationMs));
  return sum;
}

/** Spans at once that take `bytes` each, more than one batch; then an activity, while they are under way. */
export async function largeSpans(count: number, bytes: number, pauseMs: number): Promise<number> {
  const work = Array.from({ length: count }, (_, index) =>
    withSpan(`large ${index}`, () => sleep(1), { input: 'i'.repeat(bytes) }),
  );
  await Promise.all(work);
  return remote.pause(pauseMs);
}

export const echoes = nexus.service('echoes', { echo: nexus.operation<string, string>() });

export async function nexusCall(endpoint: string): Promise<string> {
  const client = createNexusServiceClient({ endpoint, service: echoes });
  const first = await client.executeOperation('echo', 'one', { scheduleToCloseTimeout: '20 seconds' });
  const second = await client.executeOperation('echo', 'two', { scheduleToCloseTimeout: '20 seconds' });
  return `${first} ${second}`;
}
