import {
  ApplicationFailure,
  defineSignal,
  executeChild,
  condition,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  continueAsNew,
} from '@temporalio/workflow';

interface Activities {
  echo(value: unknown): Promise<unknown>;
  startAnother(): Promise<string>;
}
const { echo, startAnother } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });
const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '1 minute' });

export const proceed = defineSignal('proceed');

export async function echoInChild(value: string): Promise<unknown> {
  return echo(value);
}

/** Everything that a call can go through on its way. */
export async function carry(value: { secret: string }): Promise<{ echoed: unknown }> {
  const echoed = await echo(value);
  await local.echo(value);
  await executeChild(echoInChild, { args: ['from the child'] });
  return { echoed };
}

/** Is over in its first task; by the sink where it has taken a signal by then. */
export async function carryAtOnce(value: { secret: string }): Promise<{ echoed: unknown }> {
  setHandler(proceed, () => {});
  return { echoed: value };
}

export async function carryAndFail(value: { secret: string }): Promise<void> {
  await echo(value);
  throw ApplicationFailure.nonRetryable('failed on its way', 'OnItsWay');
}

export async function carryOn(left: number): Promise<string> {
  await echo(left);
  if (left > 0) await continueAsNew<typeof carryOn>(left - 1);
  return 'done';
}

export async function startFromActivity(): Promise<string> {
  return startAnother();
}

/** An activity, a sleep that outlasts the linger, and a signal: something to deliver at every moment. */
export async function takeTime(): Promise<string> {
  await echo('one');
  await sleep(10);
  await echo('two');
  await sleep(10);
  return 'done';
}

export async function takeSignal(): Promise<string> {
  let mayProceed = false;
  setHandler(proceed, () => {
    mayProceed = true;
  });
  await echo('one');
  await condition(() => mayProceed);
  return 'done';
}

/** Nothing but what a workflow can do alone. */
export async function doNothingElse(): Promise<string> {
  await sleep(10);
  await sleep(10);
  return 'done';
}
