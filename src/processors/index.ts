export type { SpanDeliveryCode } from './errors.js';
export { ProcessorOptionsError, SpanDeliveryError } from './errors.js';
export { FanOutProcessor } from './fan-out-processor.js';
export { JsonlProcessor, type JsonlProcessorOptions } from './jsonl-processor.js';
export { type JsonlContext, type JsonlRow, toJsonlRow } from '../wire/jsonl-row.js';
export { OtelProcessor, type OtelProcessorOptions, type OtelSpanExporter } from './otel-processor.js';
export type { OtelReadableSpan, OtelResource } from './otel-readable-span.js';
export { parseJsonlRow } from '../wire/parse-jsonl-row.js';
export {
  createSpanRedactor,
  type Redaction,
  type RedactionPlace,
  type RedactionRules,
  type Redactor,
  redactSpan,
} from './redaction.js';
export type { SgpClientOptions } from './sgp-client.js';
export { SGP_BATCH_ITEMS_MAX, type SgpWrite } from './sgp-delivery.js';
export { createSgpProcessorFromEnv, type NoticeLogger, type SgpFromEnvOptions } from './sgp-from-env.js';
export type { SgpAgent } from './sgp-item.js';
export { SgpProcessor, type SgpProcessorOptions } from './sgp-processor.js';
export type { NamedProcessorOptions } from './processor-options.js';
export type { ProcessorContext, SpanProcessor } from './span-processor.js';
export { StoreProcessor, type StoreProcessorOptions } from './store-processor.js';
