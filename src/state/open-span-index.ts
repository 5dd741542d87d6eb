import type { Span } from '../span/span.js';

/** The run that a span belongs to. */
export interface SpanRun {
  readonly namespace: string;
  readonly workflowId: string;
  readonly runId: string;
}

export interface RunPage {
  readonly runs: readonly SpanRun[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/**
 * The spans that are open, whole, by run, so that a watchdog can close what it never saw; and the last ends of a run that are on their way out of
 * one process only, so that it can send what that process could not. A hint with a time to live: written after a START is out, removed
 * before an END goes out would lose it, so END removes it after.
 */
export interface OpenSpanIndex {
  readonly name: string;
  /** Adds; of two events of one span the greater stays. A span whose END was seen for the same run stays removed, whatever the order of the two calls. */
  put(run: SpanRun, spans: readonly Span[]): Promise<void>;
  remove(run: SpanRun, spanIds: readonly string[]): Promise<void>;
  /** What is kept of a run; empty when that is nothing. */
  spansOf(run: SpanRun): Promise<readonly Span[]>;
  /** Runs that have open spans. Pages from the first on come to an end, also when each run is renewed as it comes. */
  runs(page: { readonly limit: number; readonly cursor?: string | undefined }): Promise<RunPage>;
  /** Forgets a run whose spans are all closed. */
  forget(run: SpanRun): Promise<void>;
  /** Moves the time to live of a run that is alive. */
  renew(run: SpanRun): Promise<void>;
  close(): Promise<void>;
}
