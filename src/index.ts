export type { DropReason, PipelineStats, ProcessorStats } from './activities/pipeline-stats.js';
export { createSpanActivities, type SpanActivities, type SpanActivitiesOptions } from './activities/span-activities.js';
export { createSpanSinks, type SpanSinks } from './activities/span-sinks.js';
export { SpanPipeline, type SpanPipelineOptions, type WarningLogger } from './activities/span-pipeline.js';
export { type ActivityTracingOptions, createActivityInterceptor } from './interceptors/activity-interceptor.js';
export { withSpan } from './interceptors/activity-with-span.js';
export { bindContext } from './interceptors/bind-context.js';
export {
  type ClientTracingInterceptors,
  type ClientTracingOptions,
  createClientInterceptors,
} from './interceptors/client-interceptor.js';
export type { SpanReporter } from './interceptors/span-reporter.js';
export { generateTraceId } from './interceptors/generate-trace-id.js';
export { createNexusInterceptor, type NexusTracingOptions } from './interceptors/nexus-interceptor.js';
export { type TraceActivitiesOptions, traceActivities } from './interceptors/trace-activities.js';
export { type EverspanConfigCode, EverspanConfigError } from './span/config-error.js';
export type { EverspanOptions, OperationsOptions, WatchdogWorkerOptions } from './plugin/plugin-options.js';
export type { Redaction, RedactionPlace, RedactionRules, Redactor } from './processors/redaction.js';
export { EverspanPlugin, type PluginStats } from './plugin.js';
export { InvalidSpanError } from './span/errors.js';
export { compareSpans, mergeKey, mergeSpan } from './span/merge-span.js';
export type {
  Attributes,
  AttributeValue,
  JsonValue,
  Span,
  SpanKind,
  SpanLink,
  SpanMoment,
  SpanScope,
  SpanSource,
  SpanStatus,
} from './span/span.js';
export { validateSpan } from './span/validate-span.js';
export { type EnsuredWatchdog, ensureWatchdog, type WatchdogOptions } from './watchdog/ensure-watchdog.js';
export { WatchdogError } from './watchdog/errors.js';
export { sweep, type SweepControls } from './watchdog/sweep.js';
export type { OrphanedOperation, SweepParts } from './watchdog/sweep-parts.js';
export type { ActiveSpan, WithSpanOptions } from './workflows/active-span.js';
export type { Closing, Delivery, RecordedConfig, TraceScope } from './wire/span-batch.js';
export type { SweepMark, SweepReport, SweepRequest, SweepSettings } from './wire/watchdog.js';
