import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  defineSignal,
  condition,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { withSpan } from '../../../src/workflow.js';

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: '1 minute' });

export const letGo = defineSignal('letGo');

export async function greetInChild(name: string): Promise<string> {
  return greet(name);
}

export async function failInChild(): Promise<void> {
  throw ApplicationFailure.nonRetryable('the child fails', 'ChildTrouble');
}

export async function waitInChild(): Promise<string> {
  let isLetGo = false;
  setHandler(letGo, () => {
    isLetGo = true;
  });
  await condition(() => isLetGo);
  return 'let go';
}

export async function callChild(): Promise<string> {
  return executeChild(greetInChild, { args: ['Ada'] });
}

export async function swallowChildFailure(): Promise<string> {
  return executeChild(failInChild).then(
    () => 'no failure',
    (error: unknown) => `swallowed ${(error as Error).name}`,
  );
}

export async function startTakenChild(workflowId: string): Promise<string> {
  return startChild(waitInChild, { workflowId }).then(
    () => 'started',
    (error: unknown) => `swallowed ${(error as Error).name}`,
  );
}

/** Ends while its child lives on. */
export async function abandonChild(): Promise<string> {
  const child = await startChild(waitInChild, {
    workflowId: `${workflowInfo().workflowId}-child`,
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });
  return child.workflowId;
}

export async function cancelChild(): Promise<string> {
  const scope = new CancellationScope();
  const child = await scope.run(() =>
    startChild(waitInChild, { cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED }),
  );
  scope.cancel();
  return child.result().then(
    () => 'no failure',
    (error: unknown) => (isCancellation(error) ? 'cancelled' : String(error)),
  );
}

export async function callChildren(count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => executeChild(greetInChild, { args: [`child ${index}`] })));
}

const impatient = proxyActivities<{ hang(): Promise<void> }>({ startToCloseTimeout: 200, retry: { maximumAttempts: 1 } });

export async function awaitHanging(): Promise<void> {
  await impatient.hang();
}

/** How a child may end without an answer. */
export type ChildEnd = 'fails by a timeout' | 'times out' | 'is terminated' | 'fails by a cancellation';

/** A child that ends so, called within a span of the workflow's own. Answers what the call failed with. */
export async function swallowChildEnd(end: ChildEnd): Promise<string> {
  const call = async (): Promise<unknown> => {
    if (end === 'fails by a timeout') return executeChild(awaitHanging);
    if (end === 'fails by a cancellation') return executeChild(cancelOwnActivity);
    const child = await startChild(waitInChild, {
      workflowId: `${workflowInfo().workflowId}-child`,
      ...(end === 'times out' ? { workflowRunTimeout: 500 } : {}),
    });
    return child.result();
  };
  return withSpan('call', call).then(
    () => 'no failure',
    (error: unknown) => `swallowed ${(error as Error).name}`,
  );
}

/** Fails by a cancellation that nobody asked it for. */
export async function cancelOwnActivity(): Promise<void> {
  const scope = new CancellationScope();
  const hanging = scope.run(() => impatient.hang());
  scope.cancel();
  await hanging;
}
