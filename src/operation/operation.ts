import type { OperationState } from './operation-state.js';

/** Who drives an operation: a Temporal run, or a process outside Temporal, which has a lease instead. */
export interface OperationOwner {
  /** Absent outside Temporal. `runId` is the run that last wrote; the chain is followed from it. */
  readonly workflow?: { readonly namespace: string; readonly workflowId: string; readonly runId: string };
  /** The worker's identity, or the consumer's name. */
  readonly identity: string;
}

/** A traced unit of work, as its store keeps it. Times are whole milliseconds since the epoch, by the store's clock. */
export interface Operation {
  /** Defaults to the trace id; a second one in a trace names its own. */
  readonly operationId: string;
  readonly traceId: string;
  readonly state: OperationState;
  /** Rises by one with each write that was accepted, renewals too. */
  readonly version: number;
  /** The fence: rises with each claim and reclaim; a write that carries an older one is refused. */
  readonly epoch: number;
  readonly owner: OperationOwner;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Without progress until then it is overdue. Says nothing while the operation is COMPLETED or ERRORED. */
  readonly deadline: number;
  /** Milliseconds that each sign of progress moves the deadline ahead. */
  readonly progressTimeoutMs: number;
  /** The user's fields. Never one of our own names. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Writes that were refused: by a stale epoch or an illegal transition. */
  readonly refusedWrites: number;
}

/** A step that an operation took. */
export interface RecordedTransition {
  /** Absent for its creation. */
  readonly from?: OperationState;
  readonly to: OperationState;
  /** After the step. */
  readonly version: number;
  /** After the step. */
  readonly epoch: number;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly at: number;
  readonly requestId: string;
  /** Why the watchdog forced it. */
  readonly forcedReason?: string;
}

/** A write that an operation refused. */
export interface RefusedWrite {
  readonly code: 'ILLEGAL_TRANSITION' | 'STALE_EPOCH';
  /** The state that the operation was in, and stayed in. */
  readonly from: OperationState;
  /** Absent for a renewal. */
  readonly to?: OperationState;
  /** That the writer held. */
  readonly epoch: number;
  /** That the operation had. */
  readonly currentEpoch: number;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly at: number;
  /** Absent for a renewal. */
  readonly requestId?: string;
}

/** What an operation went through, oldest first. Bounded: its creation and the last steps, and the last refused writes. */
export interface OperationHistory {
  readonly transitions: readonly RecordedTransition[];
  readonly refused: readonly RefusedWrite[];
}
