import { activePlace } from './otel-context.js';
import { quietly } from './quietly.js';
import type { TracePlace } from './trace-carrier.js';

/**
 * `attributes` of a log line with the ids of the span that is active, else of `fallback`. What is there already wins.
 *
 * Named as OpenTelemetry names them in log records.
 */
export function withTraceIds(attributes: Record<string, unknown>, fallback: TracePlace | undefined): Record<string, unknown> {
  const place = quietly(() => activePlace().place) ?? fallback;
  if (place?.spanId === undefined) return attributes;
  return { trace_id: place.traceId, span_id: place.spanId, ...attributes };
}
