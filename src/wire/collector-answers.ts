import type { Span, SpanStatus } from '../span/span.js';

export type {
  Attributes,
  AttributeValue,
  JsonValue,
  Span,
  SpanKind,
  SpanLink,
  SpanMoment,
  SpanSource,
  SpanStatus,
} from '../span/span.js';

/** What a list shows of one trace. Times are microseconds since the epoch. */
export interface TraceSummaryAnswer {
  readonly traceId: string;
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

/** One page of traces; `cursor` is absent on the last. */
export interface TraceListAnswer {
  readonly items: readonly TraceSummaryAnswer[];
  readonly cursor?: string;
}

/** All spans of a trace, by start. */
export interface TraceAnswer {
  readonly traceId: string;
  readonly spans: readonly Span[];
}

/** One span that changed; sequences rise, and none that is seen is followed by a lower one. */
export interface SpanChangeAnswer {
  readonly sequence: number;
  readonly span: Span;
}

/** What was kept of an uploaded file, and what was passed over. */
export interface ArtefactReceiptAnswer {
  readonly taskId: string;
  readonly workflowId: string;
  readonly type: ArtefactTypeName;
  readonly rows: number;
  readonly blankLines: number;
  readonly badLines: number;
}

export type ArtefactTypeName = 'spans' | 'assets' | 'lineage';
