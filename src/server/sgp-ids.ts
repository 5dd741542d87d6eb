import { isSpanId, isTraceId, spanUuid, traceIdFromUuid, traceUuid } from '../span/ids.js';
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
  return ownSpanId(traceId, text.toLowerCase()) ?? foreignSpanId(text);
}

/** The span ids that `text` may stand for in any trace. */
export function spanIdsOfSgp(text: string): string[] {
  // The digits of a span's UUID hold its id, whatever its trace is.
  const own = mayBeOwn(text.toLowerCase()) ? idDigits(text.toLowerCase()) : undefined;
  return [foreignSpanId(text), ...(isSpanId(own) ? [own] : [])];
}

/** A trace's id in SGP, where it was not written under another. */
export function sgpTraceId(traceId: string): string {
  return traceUuid(traceId);
}

/** A span's id in SGP, where it was not written under another: `spanUuid`. */
export function sgpSpanId(traceId: string, spanId: string): string {
  const template = templateOf(traceId);
  const last = Number.parseInt(spanId.charAt(15), 16);
  const first = (0x8 | (last >> 2)).toString(16);
  const second = (((last & 0x3) << 2) | (Number.parseInt(template.charAt(20), 16) & 0x3)).toString(16);
  return `${spanId.slice(0, 8)}-${spanId.slice(8, 12)}-8${spanId.slice(12, 15)}-${first}${second}${template.slice(21)}`;
}

/** The UUID of a trace's span with an id of zeros. Those of all its spans differ from it in the digits of their ids alone. */
function templateOf(traceId: string): string {
  const known = TEMPLATES.get(traceId);
  if (known !== undefined) return known;
  if (TEMPLATES.size >= TEMPLATES_MAX) TEMPLATES.clear();
  const template = spanUuid(traceId, '0'.repeat(16));
  TEMPLATES.set(traceId, template);
  return template;
}

/** A hash for each trace of a batch, and not for each of its ids. */
const TEMPLATES = new Map<string, string>();
const TEMPLATES_MAX = 2_000;

/** The span id that `text` stands for where it is, to the letter, how everspan itself writes a span of this trace in SGP. */
export function ownSpanId(traceId: string, text: string): string | undefined {
  if (!mayBeOwn(text)) return undefined;
  const template = templateOf(traceId);
  if (!text.endsWith(template.slice(21))) return undefined;
  const isOfTrace = ((Number.parseInt(text.charAt(20), 16) ^ Number.parseInt(template.charAt(20), 16)) & 0x3) === 0;
  const spanId = idDigits(text);
  return isOfTrace && isSpanId(spanId) ? spanId : undefined;
}

// A UUID of version 8: the other ones are looked at no further, which spares a hash for each id of a foreign client.
function mayBeOwn(text: string): boolean {
  return text.length === 36 && text.charAt(14) === '8' && OWN_UUID.test(text);
}

const OWN_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function idDigits(uuid: string): string {
  const last = ((Number.parseInt(uuid.charAt(19), 16) & 0x3) << 2) | (Number.parseInt(uuid.charAt(20), 16) >> 2);
  return `${uuid.slice(0, 8)}${uuid.slice(9, 13)}${uuid.slice(15, 18)}${last.toString(16)}`;
}

function foreignSpanId(text: string): string {
  return isSpanId(text) ? text : hashed('span', text, 16);
}

function hashed(kind: string, text: string, digits: number): string {
  const id = murmur128Hex(`everspan/sgp/1 ${kind} ${text}`).slice(0, digits);
  return /^0+$/.test(id) ? `${id.slice(0, -1)}1` : id;
}
