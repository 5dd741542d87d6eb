import {
  ActivityCancellationType,
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  executeChild,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  sleep,
} from '@temporalio/workflow';
import { withSpan } from '../../../src/workflow.js';

interface Activities {
  greet(name: string): Promise<string>;
  waitForCancel(): Promise<void>;
}
const patient = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});
const hasty = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});
const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '1 minute' });

export async function greetOnce(): Promise<string> {
  return patient.greet('nobody');
}

export async function duringActivity(): Promise<void> {
  await patient.waitForCancel();
}

export async function duringActivityHastily(): Promise<void> {
  await hasty.waitForCancel();
}

export async function duringLocalActivity(): Promise<void> {
  await local.waitForCancel();
}

export async function duringSleep(): Promise<void> {
  await withSpan('naps', () => sleep('1 hour'));
}

export async function duringSignalWait(): Promise<void> {
  await condition(() => false);
}

export async function duringChild(): Promise<void> {
  await executeChild(duringSignalWait, { cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED });
}

export async function duringCleanUp(): Promise<void> {
  try {
    await sleep('1 hour');
  } finally {
    await CancellationScope.nonCancellable(async () => {
      await withSpan('cleans up', () => patient.greet('cleaner'));
    });
  }
}

/** Is cancelled, and completes all the same. */
export async function completeAnyway(): Promise<string> {
  return sleep('1 hour').then(
    () => 'slept',
    async (error: unknown) => {
      if (!isCancellation(error)) throw error;
      return CancellationScope.nonCancellable(() => patient.greet('anyway'));
    },
  );
}
