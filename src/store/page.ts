import { isSpanId, isTraceId } from '../span/ids.js';
import { isCount } from '../span/validate-span.js';
import { SpanStoreError } from './errors.js';
import { PAGE_LIMIT_MAX, type Page, type Paged } from './span-store.js';

/** Where a page begins: behind the item with this start and these ids. */
export interface PageStart {
  readonly startTime: number;
  readonly traceId: string;
  /** Empty in a page of traces. */
  readonly spanId: string;
}

/** A page as a store reads it. */
export interface PageQuery {
  readonly limit: number;
  readonly isNewestFirst: boolean;
  readonly after: PageStart | undefined;
}

type Listed = 'traces' | 'spans';

/** @throws SpanStoreError `INVALID_QUERY`, `INVALID_CURSOR`. */
export function readPage(page: Page, listed: Listed, store: string): PageQuery {
  checkLimit(page.limit, store);
  if (page.order !== undefined && page.order !== 'newest' && page.order !== 'oldest') {
    throw new SpanStoreError('INVALID_QUERY', store, `order must be newest or oldest, got ${JSON.stringify(page.order)}`);
  }
  const isNewestFirst = page.order !== 'oldest';
  if (page.cursor === undefined) return { limit: page.limit, isNewestFirst, after: undefined };
  const after = decodeCursor(page.cursor, listed, isNewestFirst);
  if (after === undefined) {
    const shown = JSON.stringify(String(page.cursor).slice(0, 80));
    throw new SpanStoreError(
      'INVALID_CURSOR',
      store,
      `the cursor ${shown} is not one of ${listed}, ${isNewestFirst ? 'newest' : 'oldest'} first`,
    );
  }
  return { limit: page.limit, isNewestFirst, after };
}

/** @throws SpanStoreError `INVALID_QUERY`. */
export function checkLimit(limit: number, store: string): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_LIMIT_MAX) return;
  throw new SpanStoreError('INVALID_QUERY', store, `limit must be a whole number from 1 to ${PAGE_LIMIT_MAX}, got ${limit}`);
}

/**
 * The page that `found` begins with, and the cursor of the next where there is more.
 *
 * @param found - One more than the page holds, where there are so many.
 */
export function pageOf<T>(found: readonly T[], query: PageQuery, listed: Listed, startOf: (item: T) => PageStart): Paged<T> {
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  if (last === undefined || found.length <= query.limit) return { items };
  return { items, cursor: encodeCursor(startOf(last), listed, query.isNewestFirst) };
}

/** Where a page behind this trace begins. */
export function startOfSummary({ startTime, traceId }: Pick<PageStart, 'startTime' | 'traceId'>): PageStart {
  return { startTime, traceId, spanId: '' };
}

/** The cursor of the page that begins behind `last`. */
export function encodeCursor(last: PageStart, listed: Listed, isNewestFirst: boolean): string {
  const parts = [1, listed, isNewestFirst ? 'newest' : 'oldest', last.startTime, last.traceId, last.spanId];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function decodeCursor(cursor: unknown, listed: Listed, isNewestFirst: boolean): PageStart | undefined {
  if (typeof cursor !== 'string' || !/^[\w-]{1,400}$/.test(cursor)) return undefined;
  const parts = parseOrNothing(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (!Array.isArray(parts) || parts.length !== 6) return undefined;
  const [version, what, order, startTime, traceId, spanId] = parts as unknown[];
  if (version !== 1 || what !== listed || order !== (isNewestFirst ? 'newest' : 'oldest')) return undefined;
  if (!isCount(startTime) || !isTraceId(traceId)) return undefined;
  if (listed === 'traces') return spanId === '' ? { startTime, traceId, spanId } : undefined;
  return isSpanId(spanId) ? { startTime, traceId, spanId } : undefined;
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: not a cursor of ours.
    return undefined;
  }
}
