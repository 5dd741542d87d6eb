import { AsyncLocalStorage } from 'node:async_hooks';
import { OperationError } from '../operation/operation-error.js';
import type { OperationState } from '../operation/operation-state.js';
import type { JsonValue } from '../span/span.js';
import type { ActivityOperation } from './activity-operation.js';
import type { CheckpointOptions, HeldOperation } from './held-operation.js';

/** The operation that the activity whose code runs now works for. */
export const activityOperation = new AsyncLocalStorage<ActivityOperation>();

/**
 * The operation that this activity works for: the one that is current in the workflow that called it.
 *
 * @throws OperationError `NO_CURRENT_OPERATION` outside such an activity, `NO_SUCH_OPERATION`, or that the store is away.
 */
export async function currentOperation(): Promise<HeldOperation> {
  return required().hold();
}

/**
 * Puts the current operation into `to` and saves `payload` with it, in one step: from an activity, for what is too large to go through
 * workflow history.
 *
 * @throws OperationError as `currentOperation`, `ILLEGAL_TRANSITION`, `STALE_EPOCH`, `CHECKPOINT_TOO_LARGE`.
 */
export async function checkpoint(
  to: Exclude<OperationState, 'RECEIVED' | 'COMPLETED'>,
  payload: JsonValue,
  options: CheckpointOptions = {},
): Promise<HeldOperation> {
  const operation = await currentOperation();
  return operation.checkpoint(to, payload, options);
}

/**
 * `body`, declared as an activity that drives its caller's operation: a second attempt, whose first died or gave up, reclaims the operation
 * under a new epoch before `body` runs. The first one, should it still run, is refused at its next write.
 *
 * One at a time: two of them for one operation, side by side, would take it from each other.
 *
 * @example
 * export const infer = operationActivity(async (question: string) => {
 *   const op = await currentOperation();
 *   const saved = await op.recover();
 *   const passages = saved?.payload ?? (await gather(question));
 *   if (saved === undefined) await op.checkpoint('INFERRING', passages, { step: 'gathered' });
 *   return ask(question, passages);
 * });
 */
export function operationActivity<Args extends unknown[], Result>(
  body: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async function driven(this: unknown, ...args: Args): Promise<Result> {
    await required().takeOver();
    return body.apply(this, args);
  };
}

function required(): ActivityOperation {
  const current = activityOperation.getStore();
  if (current !== undefined) return current;
  throw new OperationError(
    'NO_CURRENT_OPERATION',
    'no operation is current here: call this inside an activity of a workflow that has opened one by operation(), on a worker whose EverspanPlugin has operations: { store }',
  );
}
