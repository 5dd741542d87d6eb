import { isSpanId, isTraceId, spanIdFromUuid, spanUuid, traceIdFromUuid, traceUuid } from '../span/ids.js';
import { murmur128Hex } from '../span/murmur128.js';

/**
 * The trace id that stands for SGP's `text`: the digits of a UUID, 32 hex digits as they are, a hash of any other text.
 *
 * Whoever writes to a trace by SGP and by OTLP so finds both in one.
 */
export function traceIdOfSgp(text: string): string {
  return traceIdFromUuid(text) ?? (isTraceId(text) ? text : hashed('trace', text, 32));
}

/**
 * The span id that stands for SGP's `text` within a trace: the one that `spanUuid` made it from, 16 hex digits as they are, a hash
 * of any other text. The hash does not know the trace, so that a span can be looked for by its id alone.
 */
export function spanIdOfSgp(traceId: string, text: string): string {
  const own = mayBeOurs(text) ? spanIdFromUuid(traceId, text) : undefined;
  return own ?? (isSpanId(text) ? text : hashed('span', text, 16));
}

/** Whether `text` is, to the letter, how everspan itself writes a span of this trace in SGP. */
export function isOwnSgpId(traceId: string, text: string): boolean {
  return mayBeOurs(text) && text === text.toLowerCase() && spanIdFromUuid(traceId, text) !== undefined;
}

/** The span ids that `text` may stand for in any trace. */
export function spanIdsOfSgp(text: string): string[] {
  const ids = [isSpanId(text) ? text : hashed('span', text, 16)];
  // The digits of a span's UUID hold its id, whatever its trace is.
  const hex = text.toLowerCase().replaceAll('-', '');
  if (mayBeOurs(text)) {
    const last = ((Number.parseInt(hex.charAt(16), 16) & 0x3) << 2) | (Number.parseInt(hex.charAt(17), 16) >> 2);
    const own = `${hex.slice(0, 12)}${hex.slice(13, 16)}${last.toString(16)}`;
    if (isSpanId(own)) ids.push(own);
  }
  return ids;
}

/** A trace's id in SGP, where it was not written under another. */
export function sgpTraceId(traceId: string): string {
  return traceUuid(traceId);
}

/** A span's id in SGP, where it was not written under another. */
export function sgpSpanId(traceId: string, spanId: string): string {
  return spanUuid(traceId, spanId);
}

// A UUID of version 8: the other ones are looked at no further, which spares a hash for each id of a foreign client.
function mayBeOurs(text: string): boolean {
  return text.length === 36 && text.charAt(14) === '8' && /^[0-9a-f-]{36}$/i.test(text);
}

function hashed(kind: string, text: string, digits: number): string {
  const id = murmur128Hex(`everspan/sgp/1 ${kind} ${text}`).slice(0, digits);
  return /^0+$/.test(id) ? `${id.slice(0, -1)}1` : id;
}
