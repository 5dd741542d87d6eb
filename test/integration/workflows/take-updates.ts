import { ApplicationFailure, condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';
import { withSpan } from '../../../src/workflow.js';

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: '1 minute' });

export const rename = defineUpdate<string, [string]>('rename');
export const end = defineUpdate<void>('end');
export const crash = defineUpdate<void>('crash');

/** Thrown by an update, it fails the run where the user has declared it so. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** Takes updates until it is told to end. */
export async function takeUpdates(): Promise<string> {
  let name = 'nobody';
  let isOver = false;
  setHandler(
    rename,
    async (wanted) => {
      if (wanted === 'nobody') throw ApplicationFailure.nonRetryable('nobody is no name', 'NoName');
      name = await greet(wanted);
      return name;
    },
    {
      validator: (wanted) => {
        withSpan('validates', () => {});
        if (wanted === '') throw ApplicationFailure.nonRetryable('a name has letters', 'Empty');
      },
    },
  );
  setHandler(end, () => {
    isOver = true;
  });
  setHandler(crash, () => {
    throw new Broken('cannot go on');
  });
  await condition(() => isOver);
  return name;
}
