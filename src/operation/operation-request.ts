import type { EncodedCheckpoint } from './checkpoint.js';
import type { Operation, OperationOwner } from './operation.js';
import type { OperationState } from './operation-state.js';

/** What every write carries. */
export interface OperationWrite {
  readonly operationId: string;
  /**
   * Names this write: sent again with the same one, it answers what it answered before and changes nothing. Of a write that was refused nothing is
   * answered from memory: it is judged anew, and counted once.
   */
  readonly requestId: string;
}

export interface CreateOperation extends OperationWrite {
  readonly traceId: string;
  readonly owner: OperationOwner;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds without progress until it is overdue; default 1,800,000. */
  readonly progressTimeoutMs?: number | undefined;
}

export interface TransitionOperation extends OperationWrite {
  readonly to: OperationState;
  /** The fence that the writer holds; absent before the first claim. `CLAIMED` and `RECLAIMED` may be asked for without one. */
  readonly epoch?: number | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Saved in the same atomic step. Not with `COMPLETED`, which deletes it. */
  readonly checkpoint?: EncodedCheckpoint | undefined;
  /** Who holds the operation from now on, where that changes: a claim, or the next run of a chain. */
  readonly owner?: OperationOwner | undefined;
  /** Only the watchdog: any state that is not terminal may be put into `ERRORED`, whatever the epoch, and is recorded as forced. */
  readonly forcedReason?: string | undefined;
  /** Only where the operation still has this version: the watchdog never overwrites progress that it has not seen. */
  readonly ifVersion?: number | undefined;
}

export interface RenewOperation {
  readonly operationId: string;
  /** The fence that the holder has; absent: the watchdog's renewal. */
  readonly epoch?: number | undefined;
  /** Who holds the operation from now on: a run that adopts what was created at ingress. */
  readonly owner?: OperationOwner | undefined;
}

export interface Written {
  /** Of a repeat: state, version, epoch and `updatedAt` are what was answered before; all else is as it is now. */
  readonly operation: Operation;
  /** The state before this write. */
  readonly from: OperationState | undefined;
  /** The same request had been applied already. */
  readonly isRepeat: boolean;
}
