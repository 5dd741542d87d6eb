import {
  CancellationScope,
  continueAsNew,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  sleep,
} from '@temporalio/workflow';
import { operation, type WorkflowOperation } from '../../../src/workflow.js';

// Histories of these are kept for ever: a workflow here is never changed, only added.

interface Activities {
  step(value: number): Promise<number>;
  slow(value: number): Promise<number>;
  infer(question: string): Promise<string>;
}
const remote = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: 10, maximumAttempts: 3 },
});
const local = proxyLocalActivities<Activities>({ startToCloseTimeout: '1 minute' });

async function finish(op: WorkflowOperation): Promise<void> {
  for (const to of ['POSTPROCESSING', 'DELIVERING', 'DELIVERED', 'COMPLETED'] as const) await op.transition(to);
}

async function untilInferring(op: WorkflowOperation): Promise<void> {
  await op.transition('QUEUED', { metadata: { queue: 'gpu' } });
  await op.claim();
  await op.transition('PRE_INFERENCE_GATHER');
  await op.checkpoint('INFERRING', { passages: ['one', 'two'] }, { step: 'gathered' });
}

/** The whole life, the user's commands in between. */
export async function driven(): Promise<unknown> {
  const op = await operation({ metadata: { kind: 'recorded' } });
  await remote.step(1);
  await untilInferring(op);
  await op.heartbeat();
  await sleep(1);
  const saved = await op.recover();
  await local.step(2);
  await finish(op);
  return saved?.payload;
}

/** Refusals, of the store and of this code. */
export async function refused(): Promise<unknown> {
  const op = await operation();
  const types: unknown[] = [];
  const keep = (error: unknown) => types.push((error as { type?: unknown }).type);
  await op.transition('DELIVERED' as never).catch(keep);
  await operation().catch(keep);
  await op.transition('QUEUED', { metadata: { state: 'mine' } }).catch(keep);
  await op.checkpoint('QUEUED', 'x'.repeat(70_000)).catch(keep);
  await op.fail(new TypeError('no'));
  await op.complete();
  return types;
}

/** One operation over two runs. */
export async function passedOn(left: number): Promise<unknown> {
  const op = await operation();
  if (left > 0) {
    await untilInferring(op);
    return continueAsNew<typeof passedOn>(left - 1);
  }
  await finish(op);
  return op.epoch;
}

/** Calls beside local activities of the user's, with more commands after each of them. */
export async function besideLocals(): Promise<number> {
  const op = await operation();
  const other = await operation({ operationId: `${op.operationId}-other` });
  let sum = 0;
  const branch = async (value: number): Promise<void> => {
    sum += await local.step(value);
    sum += await remote.step(value);
    sum += await local.slow(value);
    await sleep(value);
  };
  const driving = async (one: WorkflowOperation): Promise<void> => {
    await one.transition('QUEUED');
    await remote.step(10);
    await one.claim();
    await sleep(3);
    await one.heartbeat();
    await remote.step(11);
  };
  await Promise.all([branch(1), driving(op), branch(2), driving(other)]);
  return sum;
}

/** What a workflow does about its cancellation. */
export async function givenUp(): Promise<void> {
  const op = await operation();
  await op.transition('QUEUED');
  try {
    await sleep('1 hour');
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await op.fail(error);
    await CancellationScope.nonCancellable(() => remote.step(1));
    throw error;
  }
}

/** The activity drives the operation, and reclaims it in its second attempt. */
export async function inActivity(): Promise<string> {
  const op = await operation();
  await op.transition('QUEUED');
  await op.claim();
  const answer = await remote.infer('why');
  await finish(op);
  return answer;
}
