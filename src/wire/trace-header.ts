import { isSpanId, isTraceId } from '../span/ids.js';
import { NAME_LENGTH_MAX } from '../span/limits.js';
import { isCount, isObject } from '../span/validate-span.js';
import type { TraceHeader } from './span-batch.js';

/** Longest header text that is read at all: what we write is under 1 KB, an owner of 512 escaped units included under 4 KB. */
const HEADER_LENGTH_MAX = 4_096;

/** `header` as JSON text, with nothing but the fields of a `TraceHeader`, in one order. */
export function encodeTraceHeader(header: TraceHeader): string {
  return JSON.stringify(knownFields(header));
}

/**
 * The trace context in a header, whoever wrote it.
 *
 * @param candidate - JSON text, or the object that a payload converter made of it.
 * @returns `undefined` for everything that is not a whole, valid header of version 1. Never throws; unknown fields are left out.
 */
export function decodeTraceHeader(candidate: unknown): TraceHeader | undefined {
  try {
    const header = typeof candidate === 'string' ? parseText(candidate) : candidate;
    return isTraceHeader(header) ? knownFields(header) : undefined;
  } catch {
    // Text that is no JSON, or an object whose getters throw: both are no header of ours.
    return undefined;
  }
}

function parseText(text: string): unknown {
  return text.length > HEADER_LENGTH_MAX ? undefined : JSON.parse(text);
}

function isTraceHeader(value: unknown): value is TraceHeader {
  if (!isObject(value)) return false;
  const { v, t, s, f, u, o, k, l, c } = value;
  return (
    v === 1 &&
    isTraceId(t) &&
    (s === undefined || isSpanId(s)) &&
    (f === 0 || f === 1) &&
    (u === undefined || u === 1) &&
    (o === undefined || (typeof o === 'string' && o.length <= NAME_LENGTH_MAX)) &&
    (k === undefined || k === 1) &&
    (l === undefined || l === 1) &&
    (c === undefined || isChain(c))
  );
}

function isChain(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { prev, prevTrace, spans, since } = value;
  return isSpanId(prev) && (prevTrace === undefined || isTraceId(prevTrace)) && isCount(spans) && isCount(since);
}

function knownFields({ v, t, s, f, u, o, k, l, c }: TraceHeader): TraceHeader {
  return {
    v,
    t,
    ...(s === undefined ? {} : { s }),
    f,
    ...(u === undefined ? {} : { u }),
    ...(o === undefined ? {} : { o }),
    ...(k === undefined ? {} : { k }),
    ...(l === undefined ? {} : { l }),
    ...(c === undefined ? {} : { c: knownChainFields(c) }),
  };
}

function knownChainFields({ prev, prevTrace, spans, since }: NonNullable<TraceHeader['c']>): NonNullable<TraceHeader['c']> {
  return { prev, ...(prevTrace === undefined ? {} : { prevTrace }), spans, since };
}
