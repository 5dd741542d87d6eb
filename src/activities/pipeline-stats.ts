import type { BreakerState } from './circuit-breaker.js';

/**
 * Why a span, or a part of it, never reached a processor:
 *
 * - `rejected`: the processor will never take it.
 * - `queue_full`: more waited in the background than is kept.
 * - `expired`: tried in the background for an hour.
 * - `shutdown`: still waiting when the process ended.
 * - `redaction_failed`: the redaction threw; an unredacted span never leaves.
 * - `invalid`: not a span at all.
 *
 * Reasons that a workflow counted itself (`SpanBatch.dropped`) stand beside these:
 *
 * - `outbox_full`: the run made more than it could send; nothing of the span is known.
 * - `outbox_full_end`: the same, of a span whose START has left: it stays open.
 * - `budget`: the run had spent on spans what it may.
 * - `span_too_large`: the span is there, without what made it too large.
 */
export type DropReason = 'rejected' | 'queue_full' | 'expired' | 'shutdown' | 'redaction_failed' | 'invalid';

/** Count, sum and largest of a measured quantity. */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly max: number;
  /** How many were at most `atMost`; the last bucket has `Infinity`. Not cumulative. */
  readonly buckets: readonly { readonly atMost: number; readonly count: number }[];
}

/** One processor's part of the counters. */
export interface ProcessorStats {
  readonly name: string;
  readonly breaker: BreakerState;
  /** Spans that it took; a span's START and END count as two. */
  readonly delivered: number;
  /** Spans that it will never get, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Calls that failed, or were given up, by code. */
  readonly failedCalls: Readonly<Record<string, number>>;
  /** Calls that were not made because the breaker was open. */
  readonly refusedCalls: number;
  /** Spans that wait in the background. */
  readonly queuedSpans: number;
  /** Their approximate bytes. */
  readonly queuedBytes: number;
}

/** What the open-span index was told. */
export interface OpenSpanStats {
  /** Open spans that were put in. */
  readonly put: number;
  /** Ended spans that were taken out. */
  readonly removed: number;
  /** Calls that failed: their spans went out, and have no entry, or one too many. */
  readonly failedCalls: number;
  /** Calls that were not made because the index was away a moment ago. */
  readonly refusedCalls: number;
}

/** What the delivery of one process has done since it began. */
export interface PipelineStats {
  /** Spans taken, summed over processors. */
  readonly delivered: number;
  /** Spans and parts of spans that were lost, by reason, summed over processors and workflows. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Milliseconds that calls to processors took, answered or not. */
  readonly flushLatencyMs: Distribution;
  /** Spans per call to a processor. */
  readonly batchSpans: Distribution;
  readonly processors: readonly ProcessorStats[];
  /** Absent where there is no index. */
  readonly openSpans?: OpenSpanStats;
}
