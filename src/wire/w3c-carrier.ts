import { utf8Length } from '../span/clean-value.js';
import { isSpanId, isTraceId } from '../span/ids.js';
import { isObject } from '../span/validate-span.js';

/** Longest `tracestate` that is passed on, in characters: what W3C asks everyone to carry. */
export const TRACESTATE_LENGTH_MAX = 512;
/** Longest `baggage` that is passed on, in bytes: what W3C asks everyone to carry. */
export const BAGGAGE_BYTES_MAX = 8_192;

/** The caller's span, as `traceparent` names it. */
export interface W3cParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
  /** The caller vouches that the last 7 bytes of the trace id are random (W3C level 2); passed on, never set by us. */
  readonly hasRandomTraceId?: boolean;
}

/** What one call carries for W3C's sake. `baggage` stands on its own, `tracestate` only beside a parent. */
export interface W3cContext {
  readonly parent?: W3cParent;
  readonly tracestate?: string;
  readonly baggage?: string;
}

/** Header fields by their lower-case names, as OpenTelemetry's propagators write them in every language. */
export type W3cCarrier = Readonly<Partial<Record<'traceparent' | 'tracestate' | 'baggage', string>>>;

/** What `carrier` says. What is malformed is left out, as if the caller had not sent it; never throws on plain objects. */
export function parseW3cCarrier(carrier: unknown): W3cContext {
  if (!isObject(carrier)) return {};
  const parent = parseTraceparent(carrier['traceparent']);
  // Without a valid parent a tracestate has no meaning, and W3C forbids passing it on.
  const tracestate = parent === undefined ? undefined : passOn(carrier['tracestate'], TRACESTATE_LENGTH_MAX);
  const baggage = passOn(carrier['baggage'], BAGGAGE_BYTES_MAX);
  return {
    ...(parent === undefined ? {} : { parent }),
    ...(tracestate === undefined ? {} : { tracestate }),
    ...(baggage === undefined ? {} : { baggage }),
  };
}

/** `context` as header fields; empty where there is nothing to say. */
export function formatW3cCarrier(context: W3cContext): W3cCarrier {
  const { parent, tracestate, baggage } = context;
  return {
    ...(parent === undefined ? {} : { traceparent: formatTraceparent(parent) }),
    ...(parent === undefined || tracestate === undefined ? {} : { tracestate }),
    ...(baggage === undefined ? {} : { baggage }),
  };
}

//   00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what a later version adds
//   version  trace id                   span id          flags
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED_FLAG = 0x01;
const RANDOM_TRACE_ID_FLAG = 0x02;

/**
 * The parent that a `traceparent` names; `undefined` when it is malformed.
 *
 * Of a version later than 00 the first four fields are read and the rest is ignored, as W3C asks; version ff is never valid.
 */
export function parseTraceparent(text: unknown): W3cParent | undefined {
  if (typeof text !== 'string') return undefined;
  const [, version, traceId, spanId, flagDigits, rest] = TRACEPARENT.exec(text.trim()) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (!isTraceId(traceId) || !isSpanId(spanId)) return undefined;
  const flags = Number.parseInt(flagDigits as string, 16);
  return {
    traceId,
    spanId,
    isSampled: (flags & SAMPLED_FLAG) !== 0,
    ...((flags & RANDOM_TRACE_ID_FLAG) === 0 ? {} : { hasRandomTraceId: true }),
  };
}

/** `parent` as a `traceparent` of version 00; flags that we do not know are not passed on, as W3C asks. */
export function formatTraceparent(parent: W3cParent): string {
  const flags = (parent.isSampled ? SAMPLED_FLAG : 0) | (parent.hasRandomTraceId === true ? RANDOM_TRACE_ID_FLAG : 0);
  return `00-${parent.traceId}-${parent.spanId}-0${flags}`;
}

/** `list` unchanged where it fits; else its first members that do, as half a member would say something else. */
function passOn(list: unknown, bytesMax: number): string | undefined {
  if (typeof list !== 'string' || list === '' || !HEADER_TEXT.test(list)) return undefined;
  let end = list.length;
  // No character takes less than a byte: a list of megabytes is cut here before its bytes are counted.
  if (end > bytesMax) end = list.lastIndexOf(',', bytesMax);
  while (end > 0 && utf8Length(list.slice(0, end)) > bytesMax) end = list.lastIndexOf(',', end - 1);
  return end > 0 ? list.slice(0, end) : undefined;
}

// Control characters end a header where one is written as HTTP text: nothing that holds one is passed on.
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const HEADER_TEXT = /^[^\u0000-\u0008\u000a-\u001f\u007f]*$/;
