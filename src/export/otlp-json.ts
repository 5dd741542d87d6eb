import type { Attributes, AttributeValue, Span, SpanKind } from '../span/span.js';
import { otelAttributes } from '../wire/otel-attributes.js';
import { otelStatus } from '../wire/otel-status.js';
import { type ExportOptions, exportedSpans } from './export-options.js';

/** OTLP's `AnyValue` in JSON: 64-bit integers are text. */
export type OtlpValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly OtlpValue[] } };

export interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

/** OTLP's `Span` in JSON: ids in hex, enums as numbers, nanoseconds as text. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  /** Absent while the span is open. */
  readonly endTimeUnixNano?: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly events: readonly {
    readonly timeUnixNano: string;
    readonly name: string;
    readonly attributes: readonly OtlpAttribute[];
  }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly attributes: readonly OtlpAttribute[] }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

/** What an OTLP/HTTP collector takes at `/v1/traces` with `content-type: application/json`. */
export interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version?: string };
      readonly spans: readonly OtlpSpan[];
    }[];
  }[];
}

/** `spans` in OTLP's JSON, grouped by resource and scope. What OTLP has no place for stands in `everspan.*` attributes. */
export function toOtlp(spans: readonly Span[], options: ExportOptions = {}): OtlpTraces {
  const resources = new Map<
    string,
    { attributes: Attributes; scopes: Map<string, { scope: Span['scope']; spans: OtlpSpan[] }> }
  >();
  for (const span of exportedSpans(spans, options.openSpans ?? false)) {
    const resourceKey = JSON.stringify(span.resource);
    const resource = resources.get(resourceKey) ?? { attributes: span.resource, scopes: new Map<string, OfScope>() };
    resources.set(resourceKey, resource);
    const scopeKey = JSON.stringify([span.scope.name, span.scope.version]);
    const scope = resource.scopes.get(scopeKey) ?? { scope: span.scope, spans: [] };
    resource.scopes.set(scopeKey, scope);
    scope.spans.push(otlpSpan(span));
  }
  return {
    resourceSpans: [...resources.values()].map(({ attributes, scopes }) => ({
      resource: { attributes: otlpAttributes(attributes) },
      scopeSpans: [...scopes.values()],
    })),
  };
}

interface OfScope {
  readonly scope: Span['scope'];
  readonly spans: OtlpSpan[];
}

function otlpSpan(span: Span): OtlpSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentId === undefined ? {} : { parentSpanId: span.parentId }),
    flags: W3C_SAMPLED,
    name: span.name,
    kind: OTLP_KIND[span.kind],
    startTimeUnixNano: nanosFromMicros(span.startTime),
    ...(span.endTime === undefined ? {} : { endTimeUnixNano: nanosFromMicros(span.endTime) }),
    attributes: otlpAttributes(otelAttributes(span)),
    events: span.events.map((moment) => ({
      timeUnixNano: nanosFromMicros(moment.time),
      name: moment.name,
      attributes: otlpAttributes(moment.attributes ?? {}),
    })),
    links: span.links.map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      attributes: otlpAttributes(link.attributes ?? {}),
    })),
    status: {
      ...OTLP_STATUS[otelStatus(span.status)],
      ...(span.statusMessage === undefined ? {} : { message: span.statusMessage }),
    },
  };
}

const W3C_SAMPLED = 1;
const OTLP_KIND: Readonly<Record<SpanKind, number>> = { INTERNAL: 1, SERVER: 2, CLIENT: 3, PRODUCER: 4, CONSUMER: 5 };
const OTLP_STATUS: Readonly<Record<ReturnType<typeof otelStatus>, { readonly code?: number }>> = {
  UNSET: {},
  OK: { code: 1 },
  ERROR: { code: 2 },
};

function otlpAttributes(attributes: Attributes): OtlpAttribute[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: otlpValue(value) }));
}

function otlpValue(value: AttributeValue): OtlpValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map(otlpValue) } };
}

// Today's time in nanoseconds is beyond 2^53.
function nanosFromMicros(micros: number): string {
  return String(BigInt(micros) * 1_000n);
}
