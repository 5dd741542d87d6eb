import type { Client } from '@temporalio/client';
import type { SpanPipeline } from '../activities/span-pipeline.js';
import type { OpenSpanIndex } from '../state/open-span-index.js';
import type { OperationStore } from '../state/operation-store.js';
import type { RunRecords } from './run-records.js';
import type { TemporalCalls } from './temporal-calls.js';

/** An operation that the watchdog closed, and why. */
export interface OrphanedOperation {
  readonly operationId: string;
  readonly traceId: string;
  readonly reason: string;
}

/** What a sweep works with. */
export interface SweepParts {
  /** Of the namespace that is swept. */
  readonly client: Pick<Client, 'workflowService' | 'options' | 'withDeadline'>;
  readonly pipeline: Pick<SpanPipeline, 'deliver' | 'resource'>;
  readonly openSpans?: OpenSpanIndex | undefined;
  readonly operations?: OperationStore | undefined;
  /** Told of each operation that was closed, once. */
  readonly onOrphan: (orphan: OrphanedOperation) => void;
  /** Share of traces that are kept where no caller decided; only asked where there is no open-span index. Default 1. */
  readonly sampleRatio?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly nowMs?: () => number;
}

/** Temporal, as the parts of one sweep ask it. */
export interface TemporalSide {
  readonly records: RunRecords;
  readonly calls: TemporalCalls;
  /** Milliseconds that the namespace keeps closed runs. */
  readonly retentionMs: number;
}

/** What bounds one sweep. */
export interface SweepBounds {
  readonly graceMs: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  readonly signal?: AbortSignal;
}

/** Longest that processors may take for the spans of one run, in milliseconds. */
export const DELIVERY_MS_MAX = 10_000;

/** Default of `SweepSettings.graceMs`: longer than a batch is on its way while processors answer. */
export const GRACE_MS = 60_000;
/** Default of `SweepSettings.fullPassMs`: well below the time for which an open span is kept without renewal. */
export const FULL_PASS_MS = 3_600_000;
/** Runs of one page of the index: one query of visibility names them all. */
export const SWEEP_PAGE_RUNS = 100;
