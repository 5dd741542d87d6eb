import type { SpanStatus } from '../span/span.js';

/** What a stretch of the critical path was spent on. */
export type SegmentTypeName = 'active' | 'queue' | 'backoff' | 'timer' | 'waiting' | 'reclaim' | 'unknown';

/** A stretch of the path that one span accounts for. Microseconds since the epoch. */
export interface PathSegmentAnswer {
  readonly spanId: string;
  readonly name: string;
  readonly spanType: string;
  readonly type: SegmentTypeName;
  readonly startTime: number;
  readonly endTime: number;
  /** How the next segment follows from this one. */
  readonly via?: string;
}

/** What the time of a trace was spent on. Times and totals are microseconds. */
export interface CriticalPathAnswer {
  /** Without `spanId` where the trace has several roots. */
  readonly root: { readonly spanId?: string; readonly name: string };
  readonly startTime: number;
  readonly endTime: number;
  /** Something on the path is still open. */
  readonly isProvisional: boolean;
  readonly totals: Readonly<Record<SegmentTypeName, number>>;
  readonly segments: readonly PathSegmentAnswer[];
  /** By name, the longest first. */
  readonly contributors: readonly {
    readonly name: string;
    readonly spanType: string;
    readonly spans: number;
    readonly micros: number;
    readonly byType: Readonly<Partial<Record<SegmentTypeName, number>>>;
  }[];
  /** Spans that went on after their parent. */
  readonly detached: readonly {
    readonly spanId: string;
    readonly name: string;
    readonly status: SpanStatus;
    readonly outlivesByMicros: number;
  }[];
  readonly leftOut: Readonly<Record<string, number>>;
  readonly clampedSpans: number;
  readonly unreachedSpans: number;
}

/** What waited for which queue. */
export interface QueueAttributionAnswer {
  readonly queues: readonly {
    readonly queue?: string;
    readonly waits: number;
    readonly totalMicros: number;
    readonly longestMicros: number;
    readonly criticalMicros: number;
    readonly workers: readonly { readonly worker?: string; readonly waits: number; readonly totalMicros: number }[];
  }[];
  readonly longest: readonly {
    readonly spanId: string;
    readonly name: string;
    readonly attempt: number;
    readonly queue?: string;
    readonly worker?: string;
    readonly scheduledTime: number;
    readonly startTime: number;
    readonly micros: number;
    readonly isOnCriticalPath: boolean;
  }[];
  readonly leftOut: Readonly<Record<string, number>>;
}

/** Where the time of a trace went. */
export interface TraceAnalysisAnswer {
  readonly traceId: string;
  readonly criticalPath: CriticalPathAnswer;
  readonly queues: QueueAttributionAnswer;
}

interface ComparedTraceAnswer {
  readonly rootName: string;
  readonly micros: number;
  readonly steps: number;
}

interface ChangeAnswer {
  readonly path: string;
  /** Absent where the trace lacks the step. */
  readonly before?: number;
  readonly after?: number;
}

interface StepOfOneAnswer {
  readonly path: string;
  readonly micros: number;
  readonly stepsBelow: number;
}

/** How one trace differs from another, step by step. */
export interface TraceComparisonAnswer {
  readonly before: ComparedTraceAnswer;
  readonly after: ComparedTraceAnswer;
  readonly added: readonly StepOfOneAnswer[];
  readonly removed: readonly StepOfOneAnswer[];
  readonly repeated: readonly ChangeAnswer[];
  readonly durations: readonly ChangeAnswer[];
  readonly becameCritical: readonly ChangeAnswer[];
  readonly noLongerCritical: readonly ChangeAnswer[];
  readonly leftOut: Readonly<Record<string, number>>;
}
