import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { isSampled } from '../span/ids.js';
import { TRACE_HEADER, W3C_HEADER } from '../wire/activity-names.js';
import { readHeader } from '../wire/read-header.js';
import type { TraceHeader } from '../wire/span-batch.js';
import { decodeTraceHeader, encodeTraceHeader } from '../wire/trace-header.js';
import { formatW3cCarrier, parseW3cCarrier, type W3cCarrier } from '../wire/w3c-carrier.js';
import { generateSpanId } from './generate-span-id.js';

/** A place in a trace, as a call carries it. */
export interface TracePlace {
  readonly traceId: string;
  /** The calling span; absent where the caller has none. */
  readonly spanId?: string;
  readonly isSampled: boolean;
  /** Whether the root of a run that is not sampled is sent when the run fails. */
  readonly keepErrors?: boolean;
  readonly owner?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
}

/**
 * Where the caller stands, from a Temporal header: ours, else the W3C carrier of another library.
 *
 * @param sampleRatio - Decides where the caller says that nobody has yet.
 */
export function readTemporalHeaders(headers: Headers, sampleRatio = 1): TracePlace | undefined {
  return placeFrom(decodeTraceHeader(readHeader(headers, TRACE_HEADER)), readHeader(headers, W3C_HEADER), sampleRatio);
}

/** The same from the text headers of a Nexus request. */
export function readTextHeaders(headers: Readonly<Record<string, string>>, sampleRatio = 1): TracePlace | undefined {
  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return placeFrom(decodeTraceHeader(lowerCase[TRACE_HEADER]), lowerCase, sampleRatio);
}

/**
 * `headers` with `place` in them. A W3C carrier that another interceptor has written stays.
 *
 * @param options.isLinkOnly - The receiver makes a trace of its own and links to `place`. There is no W3C word for that, so none is written.
 */
export function writeTemporalHeaders(
  headers: Headers,
  place: TracePlace,
  options: { readonly isLinkOnly?: boolean } = {},
): Headers {
  const isLinkOnly = options.isLinkOnly === true;
  const added: Headers = { [TRACE_HEADER]: defaultPayloadConverter.toPayload(toTraceHeader(place, isLinkOnly)) };
  if (!isLinkOnly && headers[W3C_HEADER] === undefined) {
    const carrier = toCarrier(place);
    if (Object.keys(carrier).length > 0) added[W3C_HEADER] = defaultPayloadConverter.toPayload(carrier);
  }
  return { ...headers, ...added };
}

/** `headers` of a Nexus request with `place` in them; W3C fields that are there stay. */
export function writeTextHeaders(headers: Readonly<Record<string, string>>, place: TracePlace): Record<string, string> {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const carrier = names.has('traceparent') ? {} : toCarrier(place);
  return { ...carrier, ...headers, [TRACE_HEADER]: encodeTraceHeader(toTraceHeader(place, false)) };
}

function placeFrom(header: TraceHeader | undefined, carrier: unknown, sampleRatio: number): TracePlace | undefined {
  const { parent, tracestate, baggage } = parseW3cCarrier(carrier);
  const carried = { ...(tracestate === undefined ? {} : { tracestate }), ...(baggage === undefined ? {} : { baggage }) };
  if (header !== undefined) {
    return {
      traceId: header.t,
      ...(header.s === undefined ? {} : { spanId: header.s }),
      isSampled: header.u === 1 ? isSampled(header.t, sampleRatio) : header.f === 1,
      ...(header.k === 1 ? { keepErrors: true } : {}),
      ...(header.o === undefined ? {} : { owner: header.o }),
      ...carried,
    };
  }
  if (parent === undefined) return undefined;
  return { traceId: parent.traceId, spanId: parent.spanId, isSampled: parent.isSampled, ...carried };
}

function toTraceHeader(place: TracePlace, isLinkOnly: boolean): TraceHeader {
  return {
    v: 1,
    t: place.traceId,
    ...(place.spanId === undefined ? {} : { s: place.spanId }),
    f: place.isSampled ? 1 : 0,
    ...(place.owner === undefined ? {} : { o: place.owner }),
    ...(place.keepErrors === true ? { k: 1 } : {}),
    ...(isLinkOnly ? { l: 1 } : {}),
  };
}

function toCarrier(place: TracePlace): W3cCarrier {
  const { traceId, isSampled } = place;
  // Where nothing is kept any id will do, and without one W3C cannot say that nothing is to be kept.
  const spanId = place.spanId ?? (isSampled ? undefined : generateSpanId());
  return formatW3cCarrier({
    ...(spanId === undefined ? {} : { parent: { traceId, spanId, isSampled } }),
    ...(place.tracestate === undefined ? {} : { tracestate: place.tracestate }),
    ...(place.baggage === undefined ? {} : { baggage: place.baggage }),
  });
}
