import type { Attributes, Span } from '../span/span.js';
import { otelAttributes } from '../wire/otel-attributes.js';
import { otelStatus } from '../wire/otel-status.js';
import { type ExportOptions, exportedSpans } from './export-options.js';

/** Zipkin's span, version 2. Times are microseconds. */
export interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly name: string;
  /** Absent for internal spans. */
  readonly kind?: 'CLIENT' | 'SERVER' | 'PRODUCER' | 'CONSUMER';
  /** Absent for a span that starts at the epoch: 0 means unknown there. */
  readonly timestamp?: number;
  /** From 1; absent while the span is open. */
  readonly duration?: number;
  readonly localEndpoint: { readonly serviceName: string };
  readonly annotations: readonly { readonly timestamp: number; readonly value: string }[];
  readonly tags: Readonly<Record<string, string>>;
}

/** `spans` as Zipkin takes them at `/api/v2/spans`. Attributes of all kinds become text, a span's links too. */
export function toZipkin(spans: readonly Span[], options: ExportOptions = {}): ZipkinSpan[] {
  return exportedSpans(spans, options.openSpans ?? false).map(zipkinSpan);
}

function zipkinSpan(span: Span): ZipkinSpan {
  const { 'service.name': serviceName, ...resource } = span.resource;
  return {
    traceId: span.traceId,
    id: span.spanId,
    ...(span.parentId === undefined ? {} : { parentId: span.parentId }),
    name: span.name,
    ...(span.kind === 'INTERNAL' ? {} : { kind: span.kind }),
    ...(span.startTime === 0 ? {} : { timestamp: span.startTime }),
    ...(span.endTime === undefined ? {} : { duration: Math.max(1, span.endTime - span.startTime) }),
    localEndpoint: { serviceName: serviceName === undefined ? 'unknown_service' : String(serviceName) },
    annotations: span.events.map((moment) => ({
      timestamp: moment.time,
      value:
        moment.attributes === undefined ? moment.name : `${JSON.stringify(moment.name)}: ${JSON.stringify(moment.attributes)}`,
    })),
    tags: zipkinTags({ ...resource, ...otelAttributes(span), ...scopeTags(span), ...linkTags(span), ...statusTags(span) }),
  };
}

// By the names that OpenTelemetry's mapping to Zipkin gives them.
function statusTags(span: Span): Attributes {
  const code = otelStatus(span.status);
  if (code === 'UNSET') return span.statusMessage === undefined ? {} : { 'everspan.status_message': span.statusMessage };
  if (code === 'OK') return { 'otel.status_code': code };
  return { 'otel.status_code': code, error: span.statusMessage ?? span.status };
}

function scopeTags(span: Span): Attributes {
  return {
    'otel.scope.name': span.scope.name,
    ...(span.scope.version === undefined ? {} : { 'otel.scope.version': span.scope.version }),
  };
}

function linkTags(span: Span): Attributes {
  return Object.fromEntries(span.links.map((link, index) => [`everspan.link.${index}`, `${link.traceId}/${link.spanId}`]));
}

function zipkinTags(attributes: Attributes): Record<string, string> {
  // Zipkin's own servers leave out tags without a name, and take no other values than text.
  const entries = Object.entries(attributes).filter(([key]) => key !== '');
  return Object.fromEntries(entries.map(([key, value]) => [key, Array.isArray(value) ? JSON.stringify(value) : String(value)]));
}
