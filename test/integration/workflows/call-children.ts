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
