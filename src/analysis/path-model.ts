import type { SpanStatus } from '../span/span.js';

/** What a stretch of the critical path was spent on. */
export type SegmentType = 'active' | 'queue' | 'backoff' | 'timer' | 'waiting' | 'reclaim' | 'unknown';

/** In the order in which totals are shown. */
export const SEGMENT_TYPES: readonly SegmentType[] = ['active', 'queue', 'backoff', 'timer', 'waiting', 'reclaim', 'unknown'];

/**
 * How a segment led to the one after it.
 *
 * - `completion`, `timer`: the span ended, and its parent went on.
 * - `scheduled_by`, `child_start`: the parent came to where it started the span.
 * - `signal`, `started_by`: a span of another branch sent the message, or started the run.
 * - `lineage`: the span made the data that the next one reads.
 * - `continued_from`, `link`: the next one says that it follows this span.
 */
export type EdgeKind =
  | 'completion'
  | 'timer'
  | 'scheduled_by'
  | 'child_start'
  | 'signal'
  | 'started_by'
  | 'lineage'
  | 'continued_from'
  | 'link';

/** A stretch of the path that one span accounts for. Microseconds since the epoch. */
export interface PathSegment {
  readonly spanId: string;
  readonly name: string;
  readonly spanType: string;
  readonly type: SegmentType;
  readonly startTime: number;
  readonly endTime: number;
  /** How the next segment follows from this one; absent where they are of one span. */
  readonly via?: EdgeKind;
}

/** All segments of the spans with one name. */
export interface PathContributor {
  readonly name: string;
  readonly spanType: string;
  /** Spans on the path. */
  readonly spans: number;
  readonly micros: number;
  readonly byType: Readonly<Partial<Record<SegmentType, number>>>;
}

/** A span that went on after its parent: nobody above is known to have waited for it. */
export interface DetachedSpan {
  readonly spanId: string;
  readonly name: string;
  readonly status: SpanStatus;
  /** Microseconds by which it outlives its parent. */
  readonly outlivesByMicros: number;
}

export interface CriticalPath {
  /** The span whose time is explained; `undefined` in `spanId` where the trace has several roots, and the whole of it is explained. */
  readonly root: { readonly spanId: string | undefined; readonly name: string };
  readonly startTime: number;
  readonly endTime: number;
  /** Something on the path is still open: its end is taken to be now. */
  readonly isProvisional: boolean;
  /** Microseconds by type; their sum is `endTime - startTime`. */
  readonly totals: Readonly<Record<SegmentType, number>>;
  /** In order of time. Without `leftOut` they cover the whole without gap or overlap. */
  readonly segments: readonly PathSegment[];
  /** By name, the longest first. */
  readonly contributors: readonly PathContributor[];
  readonly detached: readonly DetachedSpan[];
  /** What `top` keeps out of the lists above. */
  readonly leftOut: {
    readonly segments: number;
    readonly segmentsMicros: number;
    readonly contributors: number;
    readonly contributorsMicros: number;
    readonly detached: number;
  };
  /** Spans whose times were moved, since their clock says what cannot be. */
  readonly clampedSpans: number;
  /** Spans that no way leads to from the root. */
  readonly unreachedSpans: number;
}

/** A row of lineage as the path needs it. */
export interface LineageEdgeOf {
  readonly dataId: string;
  readonly sourceDataId: string;
}

export interface CriticalPathOptions {
  /** The span to explain. By default the trace's root; see docs/analysis.md. */
  readonly rootId?: string | undefined;
  /** Microseconds since the epoch, taken for the end of what is open. By default the latest time that the spans tell. */
  readonly now?: number | undefined;
  readonly lineage?: readonly LineageEdgeOf[] | undefined;
  /** How many segments, names and detached spans are listed; 100 by default. The totals count all. */
  readonly top?: number | undefined;
}
