export {
  CollectorClient,
  type ExportFormatName,
  type ProfileAnswer,
  type TracePage,
} from './collector-client.js';
export type { CollectorClientOptions } from './collector-request.js';
export { type AnswerProblem, AnswerShapeError, type CollectorClientCode, CollectorClientError } from './errors.js';
export type { TailOptions } from './tail.js';
export type {
  ArtefactReceiptAnswer,
  ArtefactTypeName,
  Attributes,
  AttributeValue,
  JsonValue,
  Span,
  SpanChangeAnswer,
  SpanKind,
  SpanLink,
  SpanMoment,
  SpanSource,
  SpanStatus,
  TraceAnswer,
  TraceListAnswer,
  TraceFilter,
  TraceSummary,
} from '../wire/collector-answers.js';
export type {
  AssetSummary,
  CriticalPathSummary,
  EndToEndBreakdown,
  EventSummary,
  LineageEdge,
  ProfileSummary,
  TaskTiming,
} from '../wire/profile-summary.js';
export type {
  CriticalPathAnswer,
  PathSegmentAnswer,
  QueueAttributionAnswer,
  SegmentTypeName,
  TraceAnalysisAnswer,
  TraceComparisonAnswer,
} from '../wire/trace-analysis-answers.js';
