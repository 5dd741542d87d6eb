import { canonicalJson } from './canonical-json.js';
import { InvalidSpanError } from './errors.js';
import { sha256Hex } from './sha256.js';
import type { Span, SpanSource } from './span.js';

const SOURCE_RANK: Readonly<Record<SpanSource, number>> = { inferred: 0, observed: 1, recorded: 2 };

/**
 * The span after `event`, given what is known so far.
 *
 * Order does not matter: END before START, twice, or late give the same span, because the greater of two events under
 * one total order stays whole. Nothing is unioned and nothing is clamped here; reading does that.
 *
 * @param known - The kept event, or `undefined` when this is the span's first.
 * @param event - Valid (see `validateSpan`). Times are microseconds since the epoch.
 * @throws InvalidSpanError `SPAN_ID_MISMATCH` or `TRACE_ID_MISMATCH` when the two are of different spans.
 */
export function mergeSpan(known: Span | undefined, event: Span): Span {
  if (known === undefined) return event;
  if (known.spanId !== event.spanId) {
    throw new InvalidSpanError(
      'SPAN_ID_MISMATCH',
      `span ${known.spanId} cannot take an event of span ${event.spanId}`,
      known.spanId,
    );
  }
  if (known.traceId !== event.traceId) {
    throw new InvalidSpanError(
      'TRACE_ID_MISMATCH',
      `span ${known.spanId} of trace ${known.traceId} cannot take an event of trace ${event.traceId}`,
      known.spanId,
    );
  }
  return compareSpans(event, known) > 0 ? event : known;
}

/**
 * Negative, zero or positive as `a` is less than, the same as, or greater than `b`.
 *
 * Closed over open; then source; then, closed: the later end, open: the higher revision; then attempt; then the digest
 * of canonical JSON. The later END is the true one, not the first: a workflow task that fails after its END ran has
 * emitted an END that never happened, and a reset run sends the same ids again.
 */
export function compareSpans(a: Span, b: Span): number {
  const byClosed = Number(a.endTime !== undefined) - Number(b.endTime !== undefined);
  if (byClosed !== 0) return byClosed;
  const bySource = SOURCE_RANK[a.source] - SOURCE_RANK[b.source];
  if (bySource !== 0) return bySource;
  const byProgress = progress(a) - progress(b);
  if (byProgress !== 0) return byProgress;
  const byAttempt = a.attempt - b.attempt;
  if (byAttempt !== 0) return byAttempt;
  return compareText(contentDigest(a), contentDigest(b));
}

/**
 * The order of `compareSpans` as text: of two events of one span the greater has the greater key, by code unit.
 *
 * A store keeps it in one column beside the event and writes `where new.key > key`; or keeps `mergeRank`, which spares it the digest.
 */
export function mergeKey(span: Span): string {
  return `${mergeRank(span)}.${contentDigest(span)}`;
}

/**
 * The beginning of `mergeKey`, 36 characters, without the digest: the greater rank is the greater event.
 *
 * Events of one rank are the same or rivals. `compareSpans` decides between rivals, who are rare: their digests are made only then.
 */
export function mergeRank(span: Span): string {
  const closed = span.endTime === undefined ? '0' : '1';
  return `${closed}${SOURCE_RANK[span.source]}.${decimal(progress(span))}.${decimal(span.attempt)}`;
}

function progress(span: Span): number {
  return span.endTime ?? span.revision;
}

// 16 digits hold every safe integer that is not negative; validation lets no other through.
function decimal(value: number): string {
  return String(value).padStart(16, '0');
}

// A digest instead of the text itself keeps the key short. It orders as well: any total order over contents will do.
function contentDigest(span: Span): string {
  return sha256Hex(canonicalJson(span)).slice(0, 32);
}

function compareText(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
