import { defineQuery, setHandler, sleep } from '@temporalio/workflow';

export const madeError = defineQuery<{ isError: boolean; stack: string }>('madeError');

/** Sleeps; an error that it made before says where. */
export async function sleepOnLine(): Promise<void> {
  // Without arguments, as the SDK makes one for each promise.
  const made: unknown = new Error();
  setHandler(madeError, () => ({ isError: made instanceof Error, stack: made instanceof Error ? String(made.stack) : '' }));
  await sleep('1 hour');
}
