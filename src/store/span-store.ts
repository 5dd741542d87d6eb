import type { Span, SpanStatus } from '../span/span.js';

/** Whose spans: one account never sees another's. */
export interface StoreScope {
  readonly accountId: string;
}

/** What a trace list shows of one trace. Times are microseconds since the epoch. */
export interface TraceSummary {
  readonly traceId: string;
  /** Of the root, or of the earliest span where the root is not there. */
  readonly name: string;
  readonly status: SpanStatus;
  readonly startTime: number;
  /** Absent while a span is open. */
  readonly endTime?: number;
  readonly spanCount: number;
  readonly openCount: number;
  readonly errorCount: number;
  readonly workflowId?: string;
  readonly serviceName?: string;
}

export interface TraceFilter {
  readonly workflowId?: string;
  readonly name?: string;
  readonly status?: SpanStatus;
  readonly serviceName?: string;
  /** Microseconds since the epoch, by the trace's start: at or after. */
  readonly startedFrom?: number;
  /** Before. */
  readonly startedTo?: number;
  readonly durationAtLeast?: number;
  readonly durationAtMost?: number;
  readonly hasOpenSpans?: boolean;
  readonly hasErrors?: boolean;
}

export interface SpanFilter {
  readonly traceIds?: readonly string[];
  readonly spanIds?: readonly string[];
  readonly parentIds?: readonly string[];
  readonly parentsOnly?: boolean;
  readonly names?: readonly string[];
  readonly types?: readonly string[];
  readonly statuses?: readonly SpanStatus[];
  readonly startedFrom?: number;
  readonly startedTo?: number;
  readonly durationAtLeast?: number;
  readonly durationAtMost?: number;
}

export interface Page {
  readonly limit: number;
  readonly cursor?: string;
  /** By start; default newest first. */
  readonly order?: 'newest' | 'oldest';
}

export interface Paged<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/** One span that changed, in the order in which the store took the changes. */
export interface SpanChange {
  /** Rises with each change, without a gap that a reader could miss: a number that is seen is never followed by a lower one that appears later. */
  readonly sequence: number;
  readonly span: Span;
}

/**
 * Keeps spans: of each, one whole event, the greatest by the merge law.
 *
 * @throws SpanStoreError with a closed `code` (`UNAVAILABLE`, `FULL`, `LOCKED`, `READ_ONLY`, `CLOSED`, …). A batch is written whole or not at all.
 */
export interface SpanStore {
  readonly name: string;
  /** Merges each span; the answer, in the same order, says whether what is kept changed. When it resolves, the spans are on the disk. */
  upsert(spans: readonly Span[], scope: StoreScope): Promise<readonly ('written' | 'kept')[]>;
  /** All spans of a trace by start, then id; empty when there is none. */
  trace(traceId: string, scope: StoreScope): Promise<readonly Span[]>;
  listTraces(filter: TraceFilter, page: Page, scope: StoreScope): Promise<Paged<TraceSummary>>;
  searchSpans(filter: SpanFilter, page: Page, scope: StoreScope): Promise<Paged<Span>>;
  /** Changes after `sequence`, oldest first. */
  changes(
    query: { readonly after: number; readonly limit: number; readonly traceId?: string },
    scope: StoreScope,
  ): Promise<readonly SpanChange[]>;
  /** The highest sequence there is; 0 in an empty store. */
  lastSequence(scope: StoreScope): Promise<number>;
  /** Removes traces whose last span ended before `endedBefore` (microseconds), open ones that last changed before it with `includeOpen`. */
  prune(query: {
    readonly endedBefore: number;
    readonly includeOpen?: boolean;
  }): Promise<{ readonly traces: number; readonly spans: number }>;
  close(): Promise<void>;
}
