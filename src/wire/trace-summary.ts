import type { SpanStatus } from '../span/span.js';

/**
 * What a trace list shows of one trace. Times are microseconds since the epoch.
 *
 * Its head is its root, of several the earliest. Where that is a client's call which started a workflow, or is not there, the head is the
 * workflow, of several the first; and where there is none, the call, else the earliest span.
 */
export interface TraceSummary {
  readonly traceId: string;
  /** Of the head. */
  readonly name: string;
  /** Of the head. */
  readonly status: SpanStatus;
  /** Of the earliest span, the call included. */
  readonly startTime: number;
  /** Of the span that ends last, never before the start; absent while a span is open. */
  readonly endTime?: number;
  readonly spanCount: number;
  readonly openCount: number;
  /** Spans with the status ERROR or TIMED_OUT. */
  readonly errorCount: number;
  /** Of the head, or of the next in its order that has one; see `workflowIdOf`. */
  readonly workflowId?: string;
  /** Of the head, or of the next in its order that has one. */
  readonly serviceName?: string;
}

/** Which traces; all conditions hold together. */
export interface TraceFilter {
  /** Any span of the trace is of this workflow, not only its head. */
  readonly workflowId?: string;
  /** This one, the status and the service are the head's. */
  readonly name?: string;
  readonly status?: SpanStatus;
  readonly serviceName?: string;
  /** Microseconds since the epoch, by the trace's start: at or after. */
  readonly startedFrom?: number;
  /** Before. */
  readonly startedTo?: number;
  /** Microseconds; a trace with an open span has no duration yet and is left out. */
  readonly durationAtLeast?: number;
  readonly durationAtMost?: number;
  readonly hasOpenSpans?: boolean;
  readonly hasErrors?: boolean;
  /** Whether its head is a client's call: a signal, a query, an update, or a start whose workflow is not there. */
  readonly isCall?: boolean;
}
