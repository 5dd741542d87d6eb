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
  /** Rises by one with each write that was accepted. */
  readonly version: number;
  /** The fence: rises with each claim and reclaim; a write that carries an older one is refused. */
  readonly epoch: number;
  readonly owner: OperationOwner;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Without progress until then it is overdue. */
  readonly deadline: number;
  /** The user's fields. Never one of our own names. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Writes that were refused: by a stale epoch or an illegal transition. */
  readonly refusedWrites: number;
}
