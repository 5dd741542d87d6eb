import { continueAsNew, sleep, workflowInfo } from '@temporalio/workflow';
import { operation } from '../../../src/workflow.js';

/** Has an operation, and waits for days. */
export async function operateAndWait(): Promise<void> {
  const op = await operation();
  await op.transition('QUEUED');
  await sleep('3 days');
}

/** Hands its operation on to the run that it continues as, which waits. */
export async function operateAndGoOn(): Promise<void> {
  const op = await operation();
  if (workflowInfo().continuedFromExecutionRunId === undefined) {
    await op.transition('QUEUED');
    await continueAsNew<typeof operateAndGoOn>();
  }
  await op.claim();
  await sleep('3 days');
}

/** Leaves its operation to whoever takes it up. */
export async function operateAndReturn(): Promise<void> {
  const op = await operation();
  await op.transition('QUEUED');
}
