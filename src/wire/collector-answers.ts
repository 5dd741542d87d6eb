import type { Span } from '../span/span.js';
import type { TraceSummary } from './trace-summary.js';

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
export type { TraceFilter, TraceSummary } from './trace-summary.js';

/** One page of traces; `cursor` is absent on the last. */
export interface TraceListAnswer {
  readonly items: readonly TraceSummary[];
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
