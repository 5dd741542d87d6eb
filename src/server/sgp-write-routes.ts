import { z } from 'zod';
import type { Span } from '../span/span.js';
import type { StoreScope } from '../store/span-store.js';
import type { CollectorParts } from './collector-parts.js';
import { isGiven } from './is-given.js';
import { CollectorError } from './errors.js';
import { parseJsonBody, readBody } from './read-body.js';
import { jsonResponse, NO_QUERY, requireContentType, type Route, route, type RouteAnswer, type RouteRequest } from './route.js';
import { parseRow, readBatch, type RefusedRow } from './sgp-batch.js';
import { rowErrorSchema, sgpItemSchema, sgpSpanSchema } from './sgp-item-schema.js';
import { sgpToSpan, type SgpRowWithId } from './sgp-to-span.js';
import { type SgpSpan, spanToSgp } from './span-to-sgp.js';
import { spanKey, writeReplacing } from './write-spans.js';

const JSON_TYPE = 'application/json';
const batchSchema = z.object({ items: z.array(sgpItemSchema) }).meta({ id: 'SgpBatch' });
const listSchema = z.object({ object: z.literal('list'), items: z.array(sgpSpanSchema) }).meta({ id: 'SgpList' });
const refusalSchema = z
  .object({
    object: z.literal('list'),
    items: z.array(sgpSpanSchema),
    errors: z.array(rowErrorSchema),
    error: z.object({ code: z.string(), message: z.string() }),
  })
  .meta({ id: 'SgpRefusal' });

const BATCH_ANSWERS: readonly RouteAnswer[] = [
  { status: 200, description: 'Every row is kept.', schema: listSchema },
  { status: 422, description: 'Rows of `errors` were refused, those of `items` are kept.', schema: refusalSchema },
];

/** SGP's calls that write. */
export function sgpWriteRoutes(parts: CollectorParts): Route[] {
  const batch = (method: 'PUT' | 'POST', summary: string): Route =>
    route({
      method,
      path: '/v5/spans/batch',
      summary,
      query: NO_QUERY,
      body: { contentTypes: [JSON_TYPE], schema: batchSchema },
      answers: BATCH_ANSWERS,
      answer: (request) => writeBatch(parts, request),
    });
  return [
    batch('PUT', 'Write spans; a later write of a span replaces the earlier, a closed one stays over an open one'),
    batch('POST', 'The same: an insert is an upsert'),
    route({
      method: 'POST',
      path: '/v5/spans',
      summary: 'Write one span',
      query: NO_QUERY,
      body: { contentTypes: [JSON_TYPE], schema: sgpItemSchema },
      answers: [{ status: 200, description: 'The span as it is kept.', schema: sgpSpanSchema }],
      answer: (request) => writeOne(parts, request),
    }),
  ];
}

async function writeBatch(parts: CollectorParts, { raw, scope }: RouteRequest<unknown>): Promise<Response> {
  requireContentType(raw, JSON_TYPE);
  const bytes = await readBody(raw, parts.limits.bodyBytes, parts.budget);
  const { spans, rows, refused } = readBatch(parseJsonBody(bytes), bytes.byteLength, parts.limits);
  for (const { code } of refused) parts.metrics.add('everspan_collector_spans_refused_total', { protocol: 'sgp', code });
  const { kept, written } = await writeReplacing(parts.store, spans, scope);
  if (written > 0) parts.bell.ring(scope.accountId);
  parts.metrics.add('everspan_collector_spans_accepted_total', { protocol: 'sgp' }, spans.length);
  const items = spans.map((span, index) => {
    const keptSpan = kept.get(spanKey(span)) ?? span;
    // What was written is what was sent: it need not be made again.
    return keptSpan === span
      ? rowAnswer(rows[index] as SgpRowWithId, span, scope.accountId)
      : spanToSgp(keptSpan, scope.accountId);
  });
  return refused.length === 0 ? jsonResponse({ object: 'list', items }) : refusal(refused, items);
}

/** `row` as it is answered, `spanToSgp` of its span: itself, where it leaves nothing to be filled in. */
function rowAnswer(row: SgpRowWithId, span: Span, accountId: string): SgpSpan {
  const isWhole =
    ANSWERED_ALWAYS.every((field) => isGiven(row[field])) && ANSWERED_SOMETIMES.every((field) => row[field] !== null);
  // Parsed from this request, and looked at by nobody else.
  return isWhole ? Object.assign(row, { account_id: accountId, object: 'span' }) : spanToSgp(span, accountId);
}

const ANSWERED_ALWAYS = ['input', 'output', 'metadata', 'status', 'type'] as const;
const ANSWERED_SOMETIMES = ['end_timestamp', 'parent_id'] as const;

/**
 * The answer to a batch with bad rows: a refusal, though the good ones are kept, since a client that looks at the status alone must
 * not take all of them for safe. Sending the batch again changes nothing of the good ones.
 */
function refusal(refused: readonly RefusedRow[], items: readonly SgpSpan[]): Response {
  const [first] = refused;
  const statuses = new Set(refused.map((row) => row.status));
  // What a client may try again in halves; 409 and 400 are the same to it only if all rows say so.
  const status = statuses.size === 1 && first !== undefined ? first.status : 422;
  const errors = refused.map(({ index, id, code, message }) => ({ index, ...(id === undefined ? {} : { id }), code, message }));
  const total = refused.length + items.length;
  const message = `${refused.length} of ${total} rows were refused, the others are kept; row ${first?.index}: ${first?.message}`;
  const answer = jsonResponse({ object: 'list', items, errors, error: { code: first?.code ?? 'INVALID_ROW', message } }, status);
  // What is wrong with a row stays wrong. SGP's clients obey this; without it they send a conflict again and again.
  answer.headers.set('x-should-retry', 'false');
  return answer;
}

async function writeOne(parts: CollectorParts, { raw, scope }: RouteRequest<unknown>): Promise<Response> {
  requireContentType(raw, JSON_TYPE);
  const bytes = await readBody(raw, parts.limits.bodyBytes, parts.budget);
  if (bytes.byteLength > parts.limits.rowBytes) {
    throw new CollectorError(413, 'ROW_TOO_LARGE', `a span may have ${parts.limits.rowBytes} bytes`);
  }
  const span = sgpToSpan(parseRow(parseJsonBody(bytes)));
  return jsonResponse(await keepOne(parts, span, scope));
}

/** Writes one span as a batch of one. */
export async function keepOne(parts: CollectorParts, span: Span, scope: StoreScope): Promise<SgpSpan> {
  const { kept, written } = await writeReplacing(parts.store, [span], scope);
  if (written > 0) parts.bell.ring(scope.accountId);
  parts.metrics.add('everspan_collector_spans_accepted_total', { protocol: 'sgp' });
  return spanToSgp(kept.get(spanKey(span)) ?? span, scope.accountId);
}
