import { canonicalJson } from '../span/canonical-json.js';
import type { Span } from '../span/span.js';
import type { SpanStore, StoreScope } from '../store/span-store.js';
import { sgpRestOf } from './sgp-rest.js';

/** Spans of a lookup by id at a time. */
const LOOKUP_PAGE = 1_000;

/**
 * Writes rows of SGP, where a later write of the same span replaces an earlier one; what is kept then, by `spanKey`.
 *
 * The store keeps the greatest event by the merge law: closed over open, then the later end. That is SGP's law too, except among
 * rows of equal standing (both open, or both with the same end): there SGP takes the last, and the merge law would take the greater digest.
 * So where a row was not taken, and the kept one is of equal standing, it is written again with a higher revision or attempt.
 *
 * @param spans - As they came; of several rows of one span, the last of equal standing counts.
 */
export async function writeReplacing(
  store: SpanStore,
  spans: readonly Span[],
  scope: StoreScope,
): Promise<{ readonly kept: ReadonlyMap<string, Span>; readonly written: number }> {
  const latest = lastOfEach(spans);
  const distinct = [...latest.values()];
  const outcome = distinct.length === 0 ? [] : await store.upsert(distinct, scope);
  const refused = distinct.filter((_, index) => outcome[index] === 'kept');
  if (refused.length === 0) return { kept: latest, written: distinct.length };

  const known = await findSpans(store, refused, scope);
  const again: Span[] = [];
  for (const span of refused) {
    const key = spanKey(span);
    const before = known.get(key);
    if (before === undefined) continue;
    const raised = raisedOver(before, span);
    latest.set(key, raised ?? before);
    if (raised !== undefined) again.push(raised);
  }
  if (again.length > 0) await store.upsert(again, scope);
  return { kept: latest, written: distinct.length - refused.length + again.length };
}

export function spanKey(span: Pick<Span, 'traceId' | 'spanId'>): string {
  return span.traceId + span.spanId;
}

function lastOfEach(spans: readonly Span[]): Map<string, Span> {
  const latest = new Map<string, Span>();
  for (const span of spans) {
    const key = spanKey(span);
    const before = latest.get(key);
    if (before === undefined || standing(span) >= standing(before)) latest.set(key, span);
  }
  return latest;
}

function standing(span: Span): number {
  return span.endTime ?? -1;
}

/** `span` made greater than `before`, where both stand alike and say different things; `undefined` where `before` stays. */
function raisedOver(before: Span, span: Span): Span | undefined {
  if (standing(before) !== standing(span) || before.source !== span.source || !cameBySgp(before)) return undefined;
  if (canonicalJson(unranked(before)) === canonicalJson(unranked(span))) return undefined;
  return span.endTime === undefined ? { ...span, revision: before.revision + 1 } : { ...span, attempt: before.attempt + 1 };
}

function unranked(span: Span): Span {
  return { ...span, revision: 0, attempt: 0 };
}

/** Whether `span` is known by what an item of SGP said, and nothing else. */
export function cameBySgp(span: Span): boolean {
  // What came by OTLP, or from a process that writes to the store itself, knows more of the span than an item can say.
  return sgpRestOf(span) !== undefined || Object.keys(span.resource).length === 0;
}

async function findSpans(store: SpanStore, wanted: readonly Span[], scope: StoreScope): Promise<Map<string, Span>> {
  const found = new Map<string, Span>();
  const filter = {
    traceIds: [...new Set(wanted.map((span) => span.traceId))],
    spanIds: [...new Set(wanted.map((span) => span.spanId))],
  };
  for (let cursor: string | undefined; ; ) {
    const page = await store.searchSpans(filter, { limit: LOOKUP_PAGE, ...(cursor === undefined ? {} : { cursor }) }, scope);
    for (const span of page.items) found.set(spanKey(span), span);
    cursor = page.cursor;
    if (cursor === undefined) return found;
  }
}
