import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import { operation, type WorkflowOperation } from '../../../src/workflow.js';

interface Activities {
  gather(question: string): Promise<string[]>;
  infer(question: string): Promise<string>;
  step(value: number): Promise<number>;
  deliver(answer: string): Promise<void>;
}

const { gather, infer, step, deliver } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '3 seconds',
  retry: { initialInterval: 10, maximumAttempts: 20 },
});
const local = proxyLocalActivities<Pick<Activities, 'step'>>({ startToCloseTimeout: '1 minute' });

export const go = defineSignal('go');

/** What a failure says, as the workflow's result. */
function facts(error: unknown): unknown {
  const { type, nonRetryable, message, details } = error as ApplicationFailure;
  return { type, nonRetryable, message, details };
}

/** From RECEIVED to COMPLETED, with a checkpoint before what is expensive. */
export async function wholeLife(question: string): Promise<unknown> {
  const op = await operation({ metadata: { question } });
  await op.transition('PREPROCESSING');
  await op.transition('QUEUED', { metadata: { queue: 'gpu' } });
  await op.claim();
  await op.transition('PRE_INFERENCE_GATHER');
  const passages = await gather(question);
  await op.checkpoint('INFERRING', { passages }, { step: 'gathered' });
  await op.heartbeat();
  const saved = await op.recover();
  const answer = await infer(question);
  await op.transition('POSTPROCESSING');
  await op.transition('DELIVERING');
  await deliver(answer);
  await op.transition('DELIVERED');
  const done = await op.complete();
  return {
    saved: saved?.payload,
    step: saved?.header.step,
    state: done.state,
    epoch: op.epoch,
    version: op.version,
    id: op.operationId,
  };
}

/** An illegal step: caught, or not. */
export async function takeIllegalStep(isCaught: boolean): Promise<unknown> {
  const op: WorkflowOperation = await operation();
  await op.transition('QUEUED');
  try {
    await op.transition('DELIVERED');
  } catch (error) {
    if (!isCaught) throw error;
    await op.fail(error);
    await op.complete();
    return facts(error);
  }
  return undefined;
}

/** One operation over three runs. */
export async function goOn(left: number): Promise<unknown> {
  const op = await operation();
  const found = op.state;
  await step(left);
  if (left === 3) {
    await op.transition('QUEUED');
    await op.claim();
  } else if (left === 2) {
    await op.transition('PRE_INFERENCE_GATHER');
    await op.checkpoint('INFERRING', { left });
  } else {
    const saved = await op.recover();
    await deliverAll(op);
    return { id: op.operationId, found, saved: saved?.payload, epoch: op.epoch };
  }
  return continueAsNew<typeof goOn>(left - 1);
}

async function deliverAll(op: WorkflowOperation): Promise<void> {
  for (const to of ['POSTPROCESSING', 'DELIVERING', 'DELIVERED', 'COMPLETED'] as const) await op.transition(to);
}

/** Adopts what the caller has made, and brings it to its end. */
export async function adoptAndFinish(): Promise<unknown> {
  const op = await operation();
  const found = op.state;
  await op.transition('QUEUED');
  await op.claim();
  await op.transition('PRE_INFERENCE_GATHER');
  await op.transition('INFERRING');
  await deliverAll(op);
  return { id: op.operationId, traceId: op.traceId, found, epoch: op.epoch };
}

/** Leaves the operation where it is. */
export async function leaveQueued(operationId?: string): Promise<string> {
  const op = await operation(operationId === undefined ? {} : { operationId });
  await op.transition('QUEUED');
  return op.operationId;
}

/** Fails after its first step, and goes on from there where it finds that step taken. */
export async function failAfterFirstStep(): Promise<string> {
  const op = await operation();
  if (op.state === 'QUEUED') {
    await op.claim();
    return op.operationId;
  }
  await op.transition('QUEUED');
  throw ApplicationFailure.create({ message: 'not at once' });
}

/** The user's activities and timers between an operation's calls. */
export async function callBetween(): Promise<number> {
  const op = await operation();
  let sum = await step(1);
  await op.transition('QUEUED');
  sum += await local.step(2);
  await sleep(1);
  const [third] = await Promise.all([step(3), op.claim()]);
  return sum + third;
}

/** The activity drives the operation from CLAIMED on. */
export async function driveInActivity(question: string): Promise<unknown> {
  const op = await operation();
  await op.transition('QUEUED');
  await op.claim();
  const answer = await infer(question);
  const epochBefore = op.epoch;
  await op.transition('POSTPROCESSING');
  await op.transition('DELIVERING');
  await op.transition('DELIVERED');
  await op.complete();
  return { answer, epochBefore, epoch: op.epoch };
}

/** Two operations at once, an activity for each. */
export async function driveTwo(): Promise<string[]> {
  const first = await operation({ operationId: 'first' });
  const second = await operation({ operationId: 'second' });
  const ofFirst = await gather('');
  const ofSecond = await second.run(() => gather(''));
  await first.transition('QUEUED');
  return [...ofFirst, ...ofSecond];
}

export async function openBadly(kind: 'reserved' | 'again' | 'large' | 'cyclic' | 'taken'): Promise<unknown> {
  try {
    if (kind === 'reserved') await operation({ metadata: { epoch: '99' } });
    if (kind === 'taken') await operation({ operationId: 'taken' });
    const op = await operation();
    if (kind === 'again') await operation();
    await op.transition('QUEUED');
    await op.claim();
    await op.transition('PRE_INFERENCE_GATHER');
    if (kind === 'large') await op.checkpoint('INFERRING', 'x'.repeat(65_536));
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    await op.checkpoint('INFERRING', cyclic as never);
  } catch (error) {
    return facts(error);
  }
  return undefined;
}

/** Writes down, when it is cancelled, that it was. */
export async function failWhenCancelled(): Promise<void> {
  const op = await operation();
  await op.transition('QUEUED');
  try {
    await sleep('1 hour');
  } catch (error) {
    if (isCancellation(error)) await op.fail(error);
    throw error;
  }
}

/** Waits for a signal between two steps. */
export async function waitBetween(retryForMs?: number): Promise<string> {
  let isGoing = false;
  setHandler(go, () => {
    isGoing = true;
  });
  const op = await operation(retryForMs === undefined ? {} : { retryForMs });
  await op.transition('QUEUED');
  await condition(() => isGoing);
  await op.claim();
  return op.state;
}
