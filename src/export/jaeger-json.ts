import type { Attributes, AttributeValue, Span } from '../span/span.js';
import { otelAttributes } from '../wire/otel-attributes.js';
import { otelStatus } from '../wire/otel-status.js';
import { type ExportOptions, exportedSpans, lastKnownTime } from './export-options.js';
import { groupByTrace } from './group-by-trace.js';

export interface JaegerTag {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int64' | 'float64';
  readonly value: string | boolean | number;
}

export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly flags: number;
  readonly operationName: string;
  readonly references: readonly {
    readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM';
    readonly traceID: string;
    readonly spanID: string;
  }[];
  /** Microseconds since the epoch. */
  readonly startTime: number;
  /** Microseconds. */
  readonly duration: number;
  readonly tags: readonly JaegerTag[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly JaegerTag[] }[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
}

/** What Jaeger's query API answers, and what its page takes as an uploaded file. */
export interface JaegerTraces {
  readonly data: readonly {
    readonly traceID: string;
    readonly spans: readonly JaegerSpan[];
    readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags: readonly JaegerTag[] }>>;
    readonly warnings: null;
  }[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
  readonly errors: null;
}

/** `spans` in Jaeger's JSON, by trace. An open span, where asked for, lasts to the end of what is known, with a warning. */
export function toJaeger(spans: readonly Span[], options: ExportOptions = {}): JaegerTraces {
  const lastMicros = lastKnownTime(spans);
  const traces = groupByTrace(exportedSpans(spans, options.openSpans ?? false));
  return {
    data: [...traces].map(([traceID, ofTrace]) => {
      const processes = new Processes();
      const jaegerSpans = ofTrace.map((span) => jaegerSpan(span, processes.idOf(span.resource), lastMicros));
      return { traceID, spans: jaegerSpans, processes: processes.byId, warnings: null };
    }),
    total: traces.size,
    limit: 0,
    offset: 0,
    errors: null,
  };
}

/** Jaeger's name for resources; each stands once in a trace. */
class Processes {
  readonly byId: Record<string, { serviceName: string; tags: JaegerTag[] }> = {};
  readonly #ids = new Map<string, string>();

  idOf(resource: Attributes): string {
    const key = JSON.stringify(resource);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = `p${this.#ids.size + 1}`;
    this.#ids.set(key, id);
    const { 'service.name': serviceName, ...tags } = resource;
    this.byId[id] = { serviceName: serviceName === undefined ? 'unknown_service' : String(serviceName), tags: jaegerTags(tags) };
    return id;
  }
}

function jaegerSpan(span: Span, processID: string, lastMicros: number): JaegerSpan {
  const parent =
    span.parentId === undefined ? [] : [{ refType: 'CHILD_OF' as const, traceID: span.traceId, spanID: span.parentId }];
  const links = span.links.map((link) => ({ refType: 'FOLLOWS_FROM' as const, traceID: link.traceId, spanID: link.spanId }));
  return {
    traceID: span.traceId,
    spanID: span.spanId,
    flags: 1,
    operationName: span.name,
    references: [...parent, ...links],
    startTime: span.startTime,
    duration: Math.max(0, (span.endTime ?? lastMicros) - span.startTime),
    tags: jaegerTags({ ...otelAttributes(span), ...statusTags(span), 'span.kind': span.kind.toLowerCase(), ...scopeTags(span) }),
    logs: span.events.map((moment) => ({
      timestamp: moment.time,
      fields: jaegerTags({ event: moment.name, ...moment.attributes }),
    })),
    processID,
    warnings:
      span.endTime === undefined ? ['this span has not ended; it is drawn to the last moment that its trace tells of'] : null,
  };
}

// By the names that OpenTelemetry's mapping to Jaeger gives them.
function statusTags(span: Span): Attributes {
  const code = otelStatus(span.status);
  return {
    ...(code === 'UNSET' ? {} : { 'otel.status_code': code }),
    ...(code === 'ERROR' ? { error: true } : {}),
    ...(span.statusMessage === undefined ? {} : { 'otel.status_description': span.statusMessage }),
  };
}

function scopeTags(span: Span): Attributes {
  return {
    'otel.scope.name': span.scope.name,
    ...(span.scope.version === undefined ? {} : { 'otel.scope.version': span.scope.version }),
  };
}

function jaegerTags(attributes: Attributes): JaegerTag[] {
  return Object.entries(attributes).map(([key, value]) => jaegerTag(key, value));
}

function jaegerTag(key: string, value: AttributeValue): JaegerTag {
  if (typeof value === 'boolean') return { key, type: 'bool', value };
  if (typeof value === 'number') return { key, type: Number.isSafeInteger(value) ? 'int64' : 'float64', value };
  // Jaeger has no lists: they are JSON in text, as in OpenTelemetry's mapping.
  return { key, type: 'string', value: typeof value === 'string' ? value : JSON.stringify(value) };
}
