import { ApplicationFailure, executeChild, proxyActivities, setWorkflowOptions, sleep } from '@temporalio/workflow';
import { withSpan } from '../../../src/workflow.js';

interface Activities {
  greet(name: string): Promise<string>;
  refuse(): Promise<void>;
}
const { greet, refuse } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });

/** A failure type that is declared by its name, to the worker. */
export class Named extends Error {
  override readonly name: string = 'Named';
}

/** A failure type that is declared by its class, to the workflow. */
export class Declared extends Error {
  override readonly name: string = 'Declared';
}

class Derived extends Declared {
  override readonly name = 'Derived';
}

export async function failItself(): Promise<void> {
  await greet('nobody');
  throw ApplicationFailure.nonRetryable('the workflow gives up', 'GivesUp');
}

export async function failBenignly(): Promise<void> {
  throw ApplicationFailure.create({ message: 'as expected', type: 'Expected', nonRetryable: true, category: 'BENIGN' });
}

export async function failByActivity(): Promise<void> {
  await refuse();
}

export async function failInsideSpan(): Promise<void> {
  await withSpan('inside', () => refuse());
}

export async function failByChild(): Promise<void> {
  await executeChild(failByActivity);
}

export async function failByName(): Promise<void> {
  await greet('nobody');
  throw new Named('known by name');
}

export async function failByClass(): Promise<void> {
  await greet('nobody');
  throw new Derived('known by class');
}
setWorkflowOptions({ failureExceptionTypes: [Declared] }, failByClass);

/** Ends while activity, timer and span still run. */
export async function leaveOpen(): Promise<string> {
  void greet('left alone').catch(() => {});
  void sleep('1 hour').catch(() => {});
  void withSpan('left', async () => {
    await sleep('2 hours').catch(() => {});
  });
  return 'done';
}

export async function raceActivities(): Promise<string> {
  return Promise.race([
    greet('first'),
    sleep('1 hour').then(() => 'timer'),
    withSpan('slow', () => sleep('2 hours')).then(() => 'span'),
  ]);
}

/** Nobody looks at the activity's failure, and the run waits for something else. */
export async function overlookFailure(): Promise<string> {
  const overlooked = refuse();
  await sleep('1 hour');
  await overlooked;
  return 'never';
}
