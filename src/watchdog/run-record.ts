import type { SpanStatus } from '../span/span.js';
import type { SpanRun } from '../state/open-span-index.js';

/** How Temporal says that a run closed. */
export type CloseStatus = 'COMPLETED' | 'FAILED' | 'CANCELED' | 'TERMINATED' | 'CONTINUED_AS_NEW' | 'TIMED_OUT';

/** A run that has closed, by Temporal's record. */
export interface ClosedRun {
  readonly kind: 'closed';
  /** The run whose state counts: the last one after resets. */
  readonly run: SpanRun;
  readonly closedAs: CloseStatus;
  /** Microseconds since the epoch, the server's. */
  readonly closedAtMicros: number;
}

/** What Temporal answers about a run. `run` is the last one, where it was reset. */
export type RunRecord =
  | { readonly kind: 'running'; readonly run: SpanRun }
  | ClosedRun
  /** The namespace answers and does not know it: never there, deleted, or past retention. */
  | { readonly kind: 'gone'; readonly run: SpanRun };

/** Status of a span of a run that closed so. */
export const SPAN_STATUS: Readonly<Record<CloseStatus, Exclude<SpanStatus, 'RUNNING' | 'UNKNOWN'>>> = {
  COMPLETED: 'OK',
  FAILED: 'ERROR',
  CANCELED: 'CANCELED',
  TERMINATED: 'TERMINATED',
  CONTINUED_AS_NEW: 'CONTINUED',
  TIMED_OUT: 'TIMED_OUT',
};

// Numbers of `temporal.api.enums.v1.WorkflowExecutionStatus`: they are on the wire, and the package that names them is no dependency of ours.
const RUNNING_STATUSES: ReadonlySet<number> = new Set([1, 8]);
const CLOSE_STATUSES: ReadonlyMap<number, CloseStatus> = new Map([
  [2, 'COMPLETED'],
  [3, 'FAILED'],
  [4, 'CANCELED'],
  [5, 'TERMINATED'],
  [6, 'CONTINUED_AS_NEW'],
  [7, 'TIMED_OUT'],
]);

/** `running` (paused counts), how it closed, or `undefined` for a number that a later server may send: nothing is concluded from it. */
export function readStatus(status: number | null | undefined): 'running' | CloseStatus | undefined {
  if (status === null || status === undefined) return undefined;
  return RUNNING_STATUSES.has(status) ? 'running' : CLOSE_STATUSES.get(status);
}
