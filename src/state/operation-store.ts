import type { CheckpointHeader } from '../operation/checkpoint.js';
import type { Operation, OperationHistory } from '../operation/operation.js';
import type { CreateOperation, RenewOperation, TransitionOperation, Written } from '../operation/operation-request.js';
import type { OperationState } from '../operation/operation-state.js';

export type {
  CreateOperation,
  RenewOperation,
  TransitionOperation,
  Written,
} from '../operation/operation-request.js';

export interface OperationPage {
  readonly operations: readonly Operation[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

export interface StoredCheckpoint {
  readonly header: CheckpointHeader;
  readonly payload: Uint8Array;
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
  /**
   * Moves the deadline of an operation that lives, and its and its checkpoint's TTL. One that is COMPLETED or ERRORED is answered as it is:
   * nothing is moved, so look at its state.
   */
  renew(request: RenewOperation): Promise<Operation>;
  /** `undefined` when there is none. */
  get(operationId: string): Promise<Operation | undefined>;
  /** The steps it took and the writes it refused; `undefined` when there is no such operation. */
  history(operationId: string): Promise<OperationHistory | undefined>;
  /** The stored checkpoint, not decoded; `undefined` when there is none. */
  checkpoint(operationId: string): Promise<StoredCheckpoint | undefined>;
  /** Operations whose deadline has passed by the store's clock, earliest first: the index is a hint, each is re-checked. */
  overdue(page: { readonly limit: number; readonly cursor?: string | undefined }): Promise<OperationPage>;
  /** Active operations, in no order; with `states`, those in one of them. COMPLETED and ERRORED are in no index: asking for them reads every key. */
  list(page: {
    readonly limit: number;
    readonly cursor?: string | undefined;
    readonly states?: readonly OperationState[] | undefined;
  }): Promise<OperationPage>;
  /** Rebuilds the index of active operations by a scan; how many entries were added and dropped. */
  rebuildIndex(): Promise<{ readonly added: number; readonly dropped: number }>;
  /** Frees what the store itself opened; never a client that was handed in. */
  close(): Promise<void>;
}
