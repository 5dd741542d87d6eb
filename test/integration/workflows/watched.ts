import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { withSpan } from '../../../src/workflow.js';

const go = defineSignal('go');

/** Waits within a span of its own, for days. */
export async function waitForDays(): Promise<string> {
  return withSpan('a long wait', async () => {
    await sleep('3 days');
    return 'waited';
  });
}

/** Leaves a timer behind and ends well. */
export async function endWell(): Promise<string> {
  await sleep(1);
  void sleep('1 day');
  await sleep(1);
  return 'done';
}

/** Leaves a timer behind and fails. */
export async function endBadly(): Promise<never> {
  await sleep(1);
  void sleep('1 day').catch(() => {});
  await sleep(1);
  throw ApplicationFailure.nonRetryable('the tide is out', 'LowTide');
}

/** Goes on as a new run, which waits. */
export async function goOnAndWait(): Promise<void> {
  await sleep(1);
  if (workflowInfo().continuedFromExecutionRunId === undefined) await continueAsNew<typeof goOnAndWait>();
  await sleep('3 days');
}

/** Waits for a signal, ends a span of its own, and waits again. */
export async function waitTwice(): Promise<void> {
  let isTold = false;
  setHandler(go, () => {
    isTold = true;
  });
  await withSpan('first wait', () => condition(() => isTold));
  await withSpan('second wait', () => sleep('3 days'));
}

/** Fails at its first attempt, waits at its second. */
export async function failOnceThenWait(): Promise<string> {
  if (workflowInfo().attempt === 1) throw ApplicationFailure.retryable('not yet');
  return waitForDays();
}
