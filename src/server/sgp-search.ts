import { z } from 'zod';
import { microsFromIso } from '../analysis/iso-micros.js';
import type { Span } from '../span/span.js';
import { encodeCursor } from '../store/page.js';
import type { SpanFilter, SpanStore, StoreScope } from '../store/span-store.js';
import { CollectorError } from './errors.js';
import { spanIdsOfSgp, traceIdOfSgp } from './sgp-ids.js';
import { sgpIdSchema, sgpStatusSchema } from './sgp-item-schema.js';
import { matchesSgp } from './sgp-matches.js';
import { type SgpSpan, spanToSgp } from './span-to-sgp.js';

const idsSchema = z.array(sgpIdSchema);
const pairsSchema = z.array(z.strictObject({ trace_id: sgpIdSchema, span_id: sgpIdSchema }));

/** Filters of a search; all hold together. One that is not here is refused: leaving it out would answer too much. */
export const sgpFiltersSchema = z
  .strictObject({
    trace_ids: idsSchema.optional(),
    span_ids: idsSchema.optional(),
    spans: pairsSchema.optional(),
    excluded_trace_ids: idsSchema.optional(),
    excluded_span_ids: idsSchema.optional(),
    excluded_spans: pairsSchema.optional(),
    parent_ids: idsSchema.optional(),
    parents_only: z.boolean().optional(),
    names: z.array(z.string()).optional(),
    types: z.array(z.string()).optional(),
    statuses: z.array(sgpStatusSchema).optional(),
    group_id: z.string().optional(),
    min_duration_ms: z.number().min(0).optional(),
    max_duration_ms: z.number().min(0).optional(),
    acp_types: z.array(z.string()).optional(),
    agentex_agent_ids: z.array(z.string()).optional(),
    agentex_agent_names: z.array(z.string()).optional(),
    extra_metadata: z.record(z.string(), z.unknown()).optional(),
    search_texts: z.array(z.string().min(2)).max(10).optional(),
  })
  .meta({ id: 'SgpFilters' });

const timeSchema = z.string().transform((text, context) => {
  const micros = microsFromIso(text);
  if (micros === undefined) context.addIssue({ code: 'custom', message: 'must be a time in ISO 8601' });
  return micros ?? 0;
});

/** The page of a search, in the query. */
export const sgpPageSchema = z.object({
  from_ts: timeSchema.optional(),
  to_ts: timeSchema.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  sort_by: z.literal('start_timestamp').optional(),
  sort_order: z.enum(['asc', 'desc']).default('desc'),
  starting_after: sgpIdSchema.optional(),
  ending_before: sgpIdSchema.optional(),
});

export type SgpFilters = z.infer<typeof sgpFiltersSchema>;
export type SgpPage = z.infer<typeof sgpPageSchema>;

const IDS_MAX = 10_000;
const STORE_PAGE = 1_000;
/** Spans that one search looks at; a search that needs more is to be narrowed. */
const LOOKED_AT_MAX = 200_000;

/** The kept span whose id in SGP is `id`: of several traces the one that started last; `undefined` where there is none. */
export async function findBySgpId(store: SpanStore, id: string, scope: StoreScope): Promise<Span | undefined> {
  const page = await store.searchSpans({ spanIds: spanIdsOfSgp(id) }, { limit: 100 }, scope);
  return page.items.find((span) => spanToSgp(span, scope.accountId).id === id || isSameUuid(span, id));
}

function isSameUuid(span: Span, id: string): boolean {
  return spanToSgp(span, '').id === id.toLowerCase();
}

/** One page of the spans that fit. @throws CollectorError `INVALID_QUERY`, `UNKNOWN_SPAN`. */
export async function searchSgp(
  store: SpanStore,
  filters: SgpFilters,
  page: SgpPage,
  scope: StoreScope,
): Promise<{ readonly items: readonly SgpSpan[]; readonly has_more: boolean }> {
  checkCounts(filters);
  if (page.starting_after !== undefined && page.ending_before !== undefined) {
    throw new CollectorError(422, 'INVALID_QUERY', 'a page is starting_after or ending_before, not both');
  }
  const isBackwards = page.ending_before !== undefined;
  const order = (page.sort_order === 'desc') === isBackwards ? 'oldest' : 'newest';
  const anchor = page.starting_after ?? page.ending_before;
  let cursor = anchor === undefined ? undefined : await cursorAt(store, anchor, order, scope);
  const items: SgpSpan[] = [];
  let hasMore = false;
  for (let lookedAt = 0; lookedAt < LOOKED_AT_MAX && !hasMore; ) {
    const found = await store.searchSpans(
      storeFilter(filters, page),
      { limit: STORE_PAGE, order, ...(cursor === undefined ? {} : { cursor }) },
      scope,
    );
    lookedAt += found.items.length;
    for (const span of found.items) {
      const row = spanToSgp(span, scope.accountId);
      if (!matchesSgp(row, span, filters)) continue;
      hasMore = items.length === page.limit;
      if (hasMore) break;
      items.push(row);
    }
    cursor = found.cursor;
    if (cursor === undefined) break;
    if (lookedAt >= LOOKED_AT_MAX && !hasMore) {
      throw new CollectorError(
        422,
        'INVALID_QUERY',
        `too broad: among ${LOOKED_AT_MAX} spans the page did not fill; narrow it by time or trace`,
      );
    }
  }
  return { items: isBackwards ? items.toReversed() : items, has_more: hasMore };
}

async function cursorAt(store: SpanStore, id: string, order: 'newest' | 'oldest', scope: StoreScope): Promise<string> {
  const span = await findBySgpId(store, id, scope);
  if (span === undefined) throw new CollectorError(404, 'UNKNOWN_SPAN', `there is no span ${id.slice(0, 80)} to page from`);
  return encodeCursor(span, 'spans', order === 'newest');
}

/** What of the filters the store can apply without answering too little. */
function storeFilter(filters: SgpFilters, page: SgpPage): SpanFilter {
  const pairs = filters.spans ?? [];
  const traceIds = filters.trace_ids ?? (filters.spans === undefined ? undefined : pairs.map((pair) => pair.trace_id));
  const spanIds = filters.span_ids ?? (filters.spans === undefined ? undefined : pairs.map((pair) => pair.span_id));
  return {
    ...(traceIds === undefined ? {} : { traceIds: [...new Set(traceIds.map(traceIdOfSgp))] }),
    ...(spanIds === undefined ? {} : { spanIds: [...new Set(spanIds.flatMap(spanIdsOfSgp))] }),
    ...(filters.parent_ids === undefined ? {} : { parentIds: [...new Set(filters.parent_ids.flatMap(spanIdsOfSgp))] }),
    ...(filters.parents_only === true ? { parentsOnly: true } : {}),
    ...(filters.names === undefined ? {} : { names: filters.names }),
    ...(page.from_ts === undefined ? {} : { startedFrom: page.from_ts }),
    // Theirs is the last moment that counts, the store's the first that does not.
    ...(page.to_ts === undefined ? {} : { startedTo: page.to_ts + 1 }),
  };
}

function checkCounts(filters: SgpFilters): void {
  const { trace_ids, span_ids, excluded_trace_ids, excluded_span_ids, parent_ids, spans, excluded_spans } = filters;
  const ids = [trace_ids, span_ids, excluded_trace_ids, excluded_span_ids, parent_ids].flatMap((list) => list ?? []);
  const count = ids.length + 2 * ((spans?.length ?? 0) + (excluded_spans?.length ?? 0));
  if (count > IDS_MAX)
    throw new CollectorError(422, 'INVALID_QUERY', `a search may name ${IDS_MAX} ids, this one names ${count}`);
}
