import type { Span, SpanStatus } from '../span/span.js';
import type { TraceFilter, TraceSummary } from '../wire/trace-summary.js';

export type { TraceFilter, TraceSummary } from '../wire/trace-summary.js';

/** Whose spans: one account never sees another's. */
export interface StoreScope {
  readonly accountId: string;
}

/** Of who has no accounts: the demo, a collector without keys, the store processor unless it is told another. */
export const DEFAULT_ACCOUNT_ID = 'default';

/** Which spans; all conditions hold together, a list means one of its members. */
export interface SpanFilter {
  readonly traceIds?: readonly string[];
  readonly spanIds?: readonly string[];
  readonly parentIds?: readonly string[];
  /** Only spans without a parent. */
  readonly parentsOnly?: boolean;
  readonly names?: readonly string[];
  readonly types?: readonly string[];
  readonly statuses?: readonly SpanStatus[];
  readonly startedFrom?: number;
  readonly startedTo?: number;
  /** Microseconds; an open span has no duration yet and is left out. */
  readonly durationAtLeast?: number;
  readonly durationAtMost?: number;
}

export interface Page {
  /** 1 to `PAGE_LIMIT_MAX`. */
  readonly limit: number;
  /** Of the page before, asked for with the same order and filter. */
  readonly cursor?: string;
  /** By start, then ids; default newest first. */
  readonly order?: 'newest' | 'oldest';
}

/** Items of one page, and of one answer of `changes`. */
export const PAGE_LIMIT_MAX = 10_000;

export interface Paged<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly cursor?: string;
}

/** One span that changed, in the order in which the store took the changes. */
export interface SpanChange {
  /** Rises with each change, without a gap that a reader could miss: a number that is seen is never followed by a lower one that appears later. */
  readonly sequence: number;
  /** As it is kept now: of a span that changed several times only the last change is told. */
  readonly span: Span;
}

/**
 * Keeps spans: of each, one whole event, the greatest by the merge law.
 *
 * Every call throws SpanStoreError with a closed `code`. Ids of every kind are data: whatever text they hold, it is only compared.
 */
export interface SpanStore {
  readonly name: string;
  /**
   * Merges each span, all of them or none; when it resolves, they survive the end of this process.
   *
   * @param spans - Valid (see `validateSpan`).
   * @returns In the same order, whether what is kept changed by it. Of several events of one span in one batch the greatest alone counts.
   */
  upsert(spans: readonly Span[], scope: StoreScope): Promise<readonly ('written' | 'kept')[]>;
  /**
   * All spans of a trace by start, then id; empty when there is none.
   *
   * A large trace that is being written meanwhile may be read as of several moments; each span of it is whole.
   */
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
  /**
   * Removes traces, of all accounts, whose last span ended before `endedBefore` (microseconds), open ones that last changed before it
   * with `includeOpen`. A trace goes whole; writers wait for one trace at most.
   */
  prune(query: {
    readonly endedBefore: number;
    readonly includeOpen?: boolean;
  }): Promise<{ readonly traces: number; readonly spans: number }>;
  /** Ends what is under way, then lets go of the database. Later calls throw `CLOSED`. */
  close(): Promise<void>;
}
