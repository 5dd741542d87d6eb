import type { Attributes, AttributeValue, Span, SpanMoment } from '../span/span.js';
import { isoFromMicros } from './iso-time.js';
import { otelStatus } from './otel-status.js';

/** A span as a line of JSONL holds it: the shape of OpenTelemetry's `ReadableSpan.to_json`. */
export interface JsonlRow {
  readonly name: string;
  readonly context: JsonlContext;
  /** E.g. `SpanKind.INTERNAL`. */
  readonly kind: string;
  readonly parent_id: string | null;
  /** ISO 8601, microseconds, `Z`. */
  readonly start_time: string;
  /** `null` while the span is open. As handed in: it may lie before the start. */
  readonly end_time: string | null;
  readonly status: { readonly status_code: 'UNSET' | 'OK' | 'ERROR'; readonly description?: string };
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly timestamp: string; readonly attributes: Attributes | null }[];
  readonly links: readonly { readonly context: JsonlContext; readonly attributes: Attributes | null }[];
  readonly resource: { readonly attributes: Attributes; readonly schema_url: string };
}

/** `0x` and the hex digits of the ids. */
export interface JsonlContext {
  readonly trace_id: string;
  readonly span_id: string;
  readonly trace_state: string;
}

/** Attributes of a row that stand for a field of `Span` which OpenTelemetry's shape has no place for. */
export const ROW_ATTRIBUTES = {
  type: 'everspan.type',
  status: 'everspan.status',
  source: 'everspan.source',
  revision: 'everspan.revision',
  attempt: 'everspan.attempt',
  /** JSON text. */
  input: 'everspan.input',
  /** JSON text. */
  output: 'everspan.output',
  /** The names by which OpenTelemetry's exporters write a scope where the format has none. */
  scopeName: 'otel.scope.name',
  scopeVersion: 'otel.scope.version',
} as const;

/** Put before a span's own attribute whose name a row uses for something else, and before one that begins so itself. */
export const ESCAPED_ATTRIBUTE = 'everspan.attribute.';

const RESERVED: ReadonlySet<string> = new Set(Object.values(ROW_ATTRIBUTES));

/** `span` as a row; `parseJsonlRow` makes the equal span of it. */
export function toJsonlRow(span: Span): JsonlRow {
  return {
    name: span.name,
    context: context(span.traceId, span.spanId),
    kind: `SpanKind.${span.kind}`,
    parent_id: span.parentId === undefined ? null : `0x${span.parentId}`,
    start_time: rowTime(span.startTime),
    end_time: span.endTime === undefined ? null : rowTime(span.endTime),
    status: {
      status_code: otelStatus(span.status),
      ...(span.statusMessage === undefined ? {} : { description: span.statusMessage }),
    },
    attributes: rowAttributes(span),
    events: span.events.map(rowEvent),
    links: span.links.map((link) => ({ context: context(link.traceId, link.spanId), attributes: link.attributes ?? null })),
    resource: { attributes: span.resource, schema_url: '' },
  };
}

function rowAttributes(span: Span): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(span.attributes)) {
    if (RESERVED.has(name) || name.startsWith(ESCAPED_ATTRIBUTE)) attributes[ESCAPED_ATTRIBUTE + name] = value;
    // Assigned, it would be lost.
    else if (name === '__proto__') Object.defineProperty(attributes, name, { value, enumerable: true });
    else attributes[name] = value;
  }
  attributes[ROW_ATTRIBUTES.type] = span.type;
  attributes[ROW_ATTRIBUTES.status] = span.status;
  attributes[ROW_ATTRIBUTES.source] = span.source;
  attributes[ROW_ATTRIBUTES.revision] = span.revision;
  attributes[ROW_ATTRIBUTES.attempt] = span.attempt;
  attributes[ROW_ATTRIBUTES.scopeName] = span.scope.name;
  if (span.scope.version !== undefined) attributes[ROW_ATTRIBUTES.scopeVersion] = span.scope.version;
  if (span.input !== undefined) attributes[ROW_ATTRIBUTES.input] = JSON.stringify(span.input);
  if (span.output !== undefined) attributes[ROW_ATTRIBUTES.output] = JSON.stringify(span.output);
  return attributes;
}

function rowEvent(moment: SpanMoment): JsonlRow['events'][number] {
  return { name: moment.name, timestamp: rowTime(moment.time), attributes: moment.attributes ?? null };
}

function context(traceId: string, spanId: string): JsonlContext {
  return { trace_id: `0x${traceId}`, span_id: `0x${spanId}`, trace_state: '[]' };
}

function rowTime(micros: number): string {
  return `${isoFromMicros(micros)}Z`;
}
