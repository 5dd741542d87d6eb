import {
  type Attributes as OtelAttributes,
  type HrTime,
  type Link,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import type { Attributes, Span } from '../span/span.js';
import { clampEnd } from '../wire/clamp-end.js';
import { otelAttributes } from '../wire/otel-attributes.js';
import { otelStatus } from '../wire/otel-status.js';

/** What OpenTelemetry's exporters read of a resource. Structurally its SDK's `Resource`, so that no SDK has to be installed. */
export interface OtelResource {
  readonly attributes: OtelAttributes;
  readonly asyncAttributesPending?: boolean;
  waitForAsyncAttributes?(): Promise<void>;
  merge(other: OtelResource | null): OtelResource;
  getRawAttributes(): [string, OtelAttributes[string]][];
}

/** What OpenTelemetry's exporters read of a span. Structurally its SDK's `ReadableSpan`. */
export interface OtelReadableSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: () => SpanContext;
  readonly parentSpanContext?: SpanContext;
  /** What exporters of SDK 1 read instead of `parentSpanContext`. */
  readonly parentSpanId?: string;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: SpanStatus;
  readonly attributes: OtelAttributes;
  readonly links: Link[];
  readonly events: { readonly name: string; readonly time: HrTime; readonly attributes?: OtelAttributes }[];
  readonly duration: HrTime;
  readonly ended: boolean;
  readonly resource: OtelResource;
  readonly instrumentationScope: { readonly name: string; readonly version?: string };
  /** What exporters of SDK 1 read instead of `instrumentationScope`. */
  readonly instrumentationLibrary: { readonly name: string; readonly version?: string };
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/**
 * `spans` as OpenTelemetry's exporters take them; those with equal resources share one object, by which exporters group.
 *
 * A span that has not ended has `ended: false` and an `endTime` of zero. An end before the start is moved up to it.
 */
export function toReadableSpans(spans: readonly Span[]): OtelReadableSpan[] {
  const resources = new Map<string, OtelResource>();
  return spans.map((span) => {
    const key = JSON.stringify(span.resource);
    const resource = resources.get(key) ?? otelResource(mutable(span.resource));
    resources.set(key, resource);
    return readableSpan(clampEnd(span), resource);
  });
}

function readableSpan(span: Span, resource: OtelResource): OtelReadableSpan {
  const own = spanContext(span.traceId, span.spanId);
  const parent =
    span.parentId === undefined
      ? {}
      : { parentSpanContext: spanContext(span.traceId, span.parentId), parentSpanId: span.parentId };
  return {
    name: span.name,
    kind: SpanKind[span.kind],
    spanContext: () => own,
    ...parent,
    startTime: hrTime(span.startTime),
    endTime: hrTime(span.endTime ?? 0),
    status: {
      code: SpanStatusCode[otelStatus(span.status)],
      ...(span.statusMessage === undefined ? {} : { message: span.statusMessage }),
    },
    attributes: mutable(otelAttributes(span)),
    links: span.links.map((link) => ({
      context: spanContext(link.traceId, link.spanId),
      ...(link.attributes === undefined ? {} : { attributes: mutable(link.attributes) }),
    })),
    events: span.events.map((moment) => ({
      name: moment.name,
      time: hrTime(moment.time),
      ...(moment.attributes === undefined ? {} : { attributes: mutable(moment.attributes) }),
    })),
    duration: hrTime(span.endTime === undefined ? 0 : span.endTime - span.startTime),
    ended: span.endTime !== undefined,
    resource,
    instrumentationScope: span.scope,
    instrumentationLibrary: span.scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

// Every span that reaches a processor is sampled; exporters leave out those that do not say so.
function spanContext(traceId: string, spanId: string): SpanContext {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
}

// Whole seconds and nanoseconds: both are whole numbers far below 2^53, so nothing is rounded.
function hrTime(micros: number): HrTime {
  const seconds = Math.floor(micros / 1_000_000);
  return [seconds, (micros - seconds * 1_000_000) * 1_000];
}

function otelResource(attributes: OtelAttributes): OtelResource {
  return {
    attributes,
    asyncAttributesPending: false,
    waitForAsyncAttributes: () => Promise.resolve(),
    // As in OpenTelemetry: what the other says wins.
    merge: (other) => (other === null ? otelResource(attributes) : otelResource({ ...attributes, ...other.attributes })),
    getRawAttributes: () => Object.entries(attributes),
  };
}

// OpenTelemetry's types want lists that can be written to; nobody does.
function mutable(attributes: Attributes): OtelAttributes {
  return attributes as OtelAttributes;
}
