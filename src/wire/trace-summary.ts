import type { SpanStatus } from '../span/span.js';

/** What a trace list shows of one trace. Times are microseconds since the epoch. */
export interface TraceSummary {
  readonly traceId: string;
  /** Of the root, or of the earliest span where the root is not there; of several roots, of the earliest. */
  readonly name: string;
  /** Of the same span as the name. */
  readonly status: SpanStatus;
  /** Of the earliest span. */
  readonly startTime: number;
  /** Of the span that ends last, never before the start; absent while a span is open. */
  readonly endTime?: number;
  readonly spanCount: number;
  readonly openCount: number;
  /** Spans with the status ERROR or TIMED_OUT. */
  readonly errorCount: number;
  /** Of the root, or of the earliest span that has one; see `workflowIdOf`. */
  readonly workflowId?: string;
  /** Of the root, or of the earliest span that has one. */
  readonly serviceName?: string;
}

/** Which traces; all conditions hold together. */
export interface TraceFilter {
  /** Any span of the trace is of this workflow, not only its root. */
  readonly workflowId?: string;
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
}
