import type { CheckpointHeader, EncodedCheckpoint } from '../operation/checkpoint.js';
import type { Operation, OperationOwner } from '../operation/operation.js';
import type { OperationState } from '../operation/operation-state.js';

/** What every write carries. */
export interface OperationWrite {
  readonly operationId: string;
  /** Names this write: sent again with the same one, it answers what it answered before and changes nothing. */
  readonly requestId: string;
}

export interface CreateOperation extends OperationWrite {
  readonly traceId: string;
  readonly owner: OperationOwner;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Milliseconds without progress until it is overdue; default 1,800,000. */
  readonly progressTimeoutMs?: number;
}

export interface TransitionOperation extends OperationWrite {
  readonly to: OperationState;
  /** The fence that the writer holds; absent before the first claim. */
  readonly epoch?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Saved in the same atomic step. */
  readonly checkpoint?: EncodedCheckpoint;
  /** The new owner; with `CLAIMED` and `RECLAIMED`, which raise the epoch. */
  readonly owner?: OperationOwner;
  /** Only the watchdog: any state that is not terminal may be put into `ERRORED`, and is recorded as forced. */
  readonly forcedReason?: string;
  /** Only where the operation still has this version: the watchdog never overwrites progress that it has not seen. */
  readonly ifVersion?: number;
}

export interface Written {
  readonly operation: Operation;
  /** The state before this write. */
  readonly from: OperationState | undefined;
  /** The same request had been applied already. */
  readonly isRepeat: boolean;
}

export interface OperationPage {
  readonly operations: readonly Operation[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/**
 * Keeps operations and their checkpoints. Every write is one atomic step by the store's own clock, validated, repeatable by its request id and fenced by the
 * epoch; one that is refused leaves everything as it was, but for the count of refused writes.
 *
 * @throws OperationError with a closed `code`, in every call. A store that cannot be reached throws too: nothing here fails open.
 */
export interface OperationStore {
  readonly name: string;
  create(request: CreateOperation): Promise<Written>;
  transition(request: TransitionOperation): Promise<Written>;
  /** Moves the deadline of an operation that lives, and its and its checkpoint's TTL. `epoch` absent: the watchdog's renewal. */
  renew(request: { readonly operationId: string; readonly epoch?: number }): Promise<Operation>;
  /** `undefined` when there is none. */
  get(operationId: string): Promise<Operation | undefined>;
  /** The stored checkpoint, not decoded; `undefined` when there is none. */
  checkpoint(operationId: string): Promise<{ readonly header: CheckpointHeader; readonly payload: Uint8Array } | undefined>;
  /** Operations whose deadline has passed by the store's clock, earliest first: the index is a hint, each is re-checked. */
  overdue(page: { readonly limit: number; readonly cursor?: string }): Promise<OperationPage>;
  /** Active operations, in no order. */
  list(page: {
    readonly limit: number;
    readonly cursor?: string;
    readonly states?: readonly OperationState[];
  }): Promise<OperationPage>;
  /** Rebuilds the index of active operations by a scan; how many entries were added and dropped. */
  rebuildIndex(): Promise<{ readonly added: number; readonly dropped: number }>;
  /** Frees what the store itself opened; never a client that was handed in. */
  close(): Promise<void>;
}
