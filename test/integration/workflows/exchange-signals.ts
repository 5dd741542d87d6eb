import {
  ApplicationFailure,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: '1 minute' });

export const note = defineSignal<[string]>('note');
export const stop = defineSignal('stop');
export const breakOff = defineSignal('breakOff');

/** Takes notes, each with an activity, until it is told to stop. */
export async function takeNotes(): Promise<string[]> {
  const notes: string[] = [];
  let isStopped = false;
  setHandler(note, async (text) => {
    notes.push(await greet(text));
  });
  setHandler(stop, () => {
    isStopped = true;
  });
  setHandler(breakOff, () => {
    throw ApplicationFailure.nonRetryable('broken off', 'BrokenOff');
  });
  await condition(() => isStopped);
  return notes;
}

export async function signalOther(workflowId: string): Promise<void> {
  const other = getExternalWorkflowHandle(workflowId);
  await other.signal(note, 'from outside');
  await other.signal(stop);
}

export async function signalNobody(): Promise<string> {
  return getExternalWorkflowHandle(`${workflowInfo().workflowId}-nobody`)
    .signal(stop)
    .then(
      () => 'signalled',
      (error: unknown) => (isCancellation(error) ? 'cancelled' : `swallowed ${(error as Error).name}`),
    );
}

export async function signalChild(): Promise<string[]> {
  const child = await startChild(takeNotes);
  await child.signal(note, 'from above');
  // The note's activity is not waited for by the child's main function.
  await sleep(10);
  await child.signal(stop);
  return child.result();
}
