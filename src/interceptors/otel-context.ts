import {
  type Context,
  context,
  createTraceState,
  isSpanContextValid,
  propagation,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { formatBaggage, parseBaggage } from './baggage-text.js';
import { generateSpanId } from './generate-span-id.js';
import type { TracePlace } from './trace-carrier.js';

/**
 * The active OpenTelemetry context with `place` as its span, so that the spans which other instrumentation makes under it have ours as
 * their parent. That span records nothing itself.
 */
export function contextAt(place: TracePlace, base: Context = context.active()): Context {
  const { traceId, isSampled, tracestate, baggage } = place;
  // Without a span nobody below would hear that nothing is to be kept, and would begin a trace.
  const spanId = place.spanId ?? (isSampled ? undefined : generateSpanId());
  let placed = base;
  if (baggage !== undefined) placed = propagation.setBaggage(placed, parseBaggage(baggage));
  if (spanId === undefined) return placed;
  const spanContext: SpanContext = {
    traceId,
    spanId,
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: false,
    ...(tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }),
  };
  return trace.setSpan(placed, trace.wrapSpanContext(spanContext));
}

/** The span that is active in OpenTelemetry's context, whoever made it. Its `baggage` is there without a span too. */
export function activePlace(active: Context = context.active()): {
  readonly place: TracePlace | undefined;
  readonly baggage: string | undefined;
} {
  const baggage = formatBaggage(propagation.getBaggage(active));
  const spanContext = trace.getSpanContext(active);
  if (spanContext === undefined || !isSpanContextValid(spanContext)) return { place: undefined, baggage };
  const tracestate = spanContext.traceState?.serialize();
  const place: TracePlace = {
    traceId: spanContext.traceId,
    spanId: spanContext.spanId,
    isSampled: (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0,
    ...(tracestate === undefined || tracestate === '' ? {} : { tracestate }),
    ...(baggage === undefined ? {} : { baggage }),
  };
  return { place, baggage };
}
