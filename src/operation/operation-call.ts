import type { JsonValue } from '../span/span.js';
import type { CheckpointHeader } from './checkpoint.js';
import type { Operation, RecordedTransition, RefusedWrite } from './operation.js';
import type { OperationState } from './operation-state.js';

/** What a run last knew of an operation, so that the answer can say what others have done since. */
export interface KnownOperation {
  readonly version: number;
  readonly refusedWrites: number;
}

/** The argument of `CREATE_OPERATION`. */
export interface CreateCall {
  readonly v: 1;
  readonly operationId: string;
  readonly requestId: string;
  readonly traceId: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly progressTimeoutMs?: number;
  /** The run was handed this operation: it exists, and becomes the run's. */
  readonly isHandedOver?: true;
}

/** The argument of `TRANSITION_OPERATION`. */
export interface TransitionCall {
  readonly v: 1;
  readonly operationId: string;
  readonly requestId: string;
  readonly to: OperationState;
  /** The epoch that the run last saw. */
  readonly epoch: number;
  readonly known: KnownOperation;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly checkpoint?: { readonly payload: JsonValue; readonly step?: string };
}

/** The argument of `RENEW_OPERATION`. */
export interface RenewCall {
  readonly v: 1;
  readonly operationId: string;
  readonly epoch: number;
  readonly known: KnownOperation;
}

/** The argument of `RECOVER_OPERATION`. */
export interface RecoverCall {
  readonly v: 1;
  readonly operationId: string;
}

/** Of an operation, what comes back into a workflow: no metadata, which would stand in history with every answer. */
export type OperationFacts = Pick<
  Operation,
  'operationId' | 'traceId' | 'state' | 'version' | 'epoch' | 'createdAt' | 'refusedWrites'
>;

/** What others, activities mostly, did to the operation since the run last heard of it, oldest first; bounded by what the store keeps. */
export interface MissedSteps {
  readonly transitions: readonly RecordedTransition[];
  readonly refused: readonly RefusedWrite[];
}

/**
 * The answer of an operation's activity.
 *
 * `later` comes from local attempts alone: the store did not answer in time, and the same request goes out again as a remote activity.
 * `taskQueue` is where remote ones are taken, where that is not the workflow's own queue.
 */
export type OperationAnswer = { readonly v: 1; readonly taskQueue?: string } & (
  | {
      readonly kind: 'done';
      readonly operation: OperationFacts;
      /** The state before the write; absent for a creation, a renewal. */
      readonly from?: OperationState;
      readonly isRepeat?: true;
      /** The operation was there before. */
      readonly isAdopted?: true;
      readonly missed?: MissedSteps;
    }
  | {
      readonly kind: 'recovered';
      readonly checkpoint?: { readonly header: CheckpointHeader; readonly payload: JsonValue };
    }
  | { readonly kind: 'later' }
);

/** What a refusal carries beside its message: the first of the failure's details. */
export interface RefusalDetails {
  readonly operationId: string;
  readonly from?: OperationState;
  readonly to?: OperationState;
  readonly version?: number;
  readonly epoch?: number;
  readonly legal?: readonly OperationState[];
}

/** What `value` is of an operation that crosses into a workflow. */
export function operationFacts({
  operationId,
  traceId,
  state,
  version,
  epoch,
  createdAt,
  refusedWrites,
}: Operation): OperationFacts {
  return { operationId, traceId, state, version, epoch, createdAt, refusedWrites };
}
