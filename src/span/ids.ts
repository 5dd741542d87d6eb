import { murmur128Hex } from './murmur128.js';

const SPAN_ID = /^(?!0{16}$)[0-9a-f]{16}$/;
const TRACE_ID = /^(?!0{32}$)[0-9a-f]{32}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether `value` is a W3C span id: 16 lower-case hex digits, not all zero. */
export function isSpanId(value: unknown): value is string {
  return typeof value === 'string' && SPAN_ID.test(value);
}

/** Whether `value` is a W3C trace id: 32 lower-case hex digits, not all zero. */
export function isTraceId(value: unknown): value is string {
  return typeof value === 'string' && TRACE_ID.test(value);
}

/**
 * The span id of the `ordinal`th span of `kind` in a run: the same after replay, eviction and reset, and in any process.
 *
 * @param originalRunId - `originalExecutionRunId`: unlike `runId` it survives a reset.
 * @param kind - The span's type, or another name of the counter.
 * @param ordinal - Counted over the user's calls of that kind, or an update id.
 */
export function deriveSpanId(originalRunId: string, kind: string, ordinal: number | string): string {
  return toSpanId(murmur128Hex(lengthPrefixed('everspan/span/1', originalRunId, kind, String(ordinal))));
}

/** The id of one attempt of the activity whose span is `activitySpanId`. */
export function deriveAttemptSpanId(traceId: string, activitySpanId: string, attempt: number): string {
  return toSpanId(murmur128Hex(lengthPrefixed('everspan/attempt/1', traceId, activitySpanId, String(attempt))));
}

/**
 * The trace id of a workflow that nobody handed one: UUIDv7 layout, time bits from the start of its chain of runs, the rest
 * hashed, so that every run of the chain and every process finds the same.
 *
 * @param chainStartMs - Milliseconds since the epoch, the server's.
 */
export function deriveTraceId(namespace: string, workflowId: string, firstRunId: string, chainStartMs: number): string {
  const digest = murmur128Hex(lengthPrefixed('everspan/trace/1', namespace, workflowId, firstRunId));
  const time = timeDigits(chainStartMs);
  const variant = ((Number.parseInt(digest.charAt(3), 16) & 0x3) | 0x8).toString(16);
  return `${time}7${digest.slice(0, 3)}${variant}${digest.slice(4, 19)}`;
}

/**
 * When the run `runId` was made, in milliseconds since the epoch, from the time bits of its id; 0 where they say none.
 *
 * The server's run ids are UUIDv7 nowadays. It is what every run of a chain, and every attempt, can know of the chain's first.
 */
export function startOfRunMs(runId: string): number {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(runId) ? Number.parseInt(runId.replaceAll('-', '').slice(0, 12), 16) : 0;
}

/** A trace id as a UUID: the same 32 digits, hyphenated. */
export function traceUuid(traceId: string): string {
  return hyphenate(traceId);
}

/** The trace id that `traceUuid` was made from; `undefined` when `uuid` is none. */
export function traceIdFromUuid(uuid: string): string | undefined {
  const lower = uuid.toLowerCase();
  if (!UUID.test(lower)) return undefined;
  const traceId = lower.replaceAll('-', '');
  return isTraceId(traceId) ? traceId : undefined;
}

/**
 * A span id as a UUID, for back ends that want one: UUIDv8 layout, the 64 bits of the id and 58 hashed from the trace id.
 *
 * Within a trace the two forms are a bijection, so the ids of foreign parents go through unchanged as well.
 */
export function spanUuid(traceId: string, spanId: string): string {
  const digest = murmur128Hex(lengthPrefixed('everspan/uuid/1', traceId));
  // Nibbles of the id: 12 before the version, 3 behind it, the last one cut in two around the variant's bits.
  const last = Number.parseInt(spanId.charAt(15), 16);
  const first = (0x8 | (last >> 2)).toString(16);
  const second = (((last & 0x3) << 2) | (Number.parseInt(digest.charAt(0), 16) & 0x3)).toString(16);
  return hyphenate(`${spanId.slice(0, 12)}8${spanId.slice(12, 15)}${first}${second}${digest.slice(1, 15)}`);
}

/** The span id within `traceId` that `spanUuid` was made from; `undefined` when `uuid` was not made so. */
export function spanIdFromUuid(traceId: string, uuid: string): string | undefined {
  const lower = uuid.toLowerCase();
  if (!UUID.test(lower)) return undefined;
  const hex = lower.replaceAll('-', '');
  const last = ((Number.parseInt(hex.charAt(16), 16) & 0x3) << 2) | (Number.parseInt(hex.charAt(17), 16) >> 2);
  const spanId = `${hex.slice(0, 12)}${hex.slice(13, 16)}${last.toString(16)}`;
  return isSpanId(spanId) && spanUuid(traceId, spanId) === lower ? spanId : undefined;
}

/**
 * Whether a trace is among the share `ratio` of all: the same answer in every process, and the one that OpenTelemetry's
 * TraceIdRatioBased gives.
 *
 * @param ratio - 0 (none) to 1 (all); what is no number counts as 0.
 */
export function isSampled(traceId: string, ratio: number): boolean {
  const share = Number.isNaN(ratio) ? 0 : Math.min(1, Math.max(0, ratio));
  // The bound is rounded exactly as OpenTelemetry rounds it, so that no trace is kept by one and dropped by the other.
  const bound = share === 1 ? 2 ** 32 : Math.floor(share * 0xffff_ffff);
  let folded = 0;
  for (let word = 0; word < 4; word += 1) {
    folded = (folded ^ Number.parseInt(traceId.slice(word * 8, word * 8 + 8), 16)) >>> 0;
  }
  return isTraceId(traceId) && folded < bound;
}

function toSpanId(digest: string): string {
  const spanId = digest.slice(0, 16);
  return isSpanId(spanId) ? spanId : '0000000000000001';
}

// A time that no clock shows must not make an id that no back end takes: it counts as the epoch.
function timeDigits(timeMs: number): string {
  const whole = Math.trunc(timeMs);
  return (whole >= 0 && whole < 2 ** 48 ? whole : 0).toString(16).padStart(12, '0');
}

// Lengths keep apart what joined text would not: ('ab', 'c') and ('a', 'bc').
function lengthPrefixed(...parts: string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('');
}

function hyphenate(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
