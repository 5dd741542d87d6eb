import { z } from 'zod';
import type { Span } from '../span/span.js';
import type { StoreScope } from '../store/span-store.js';
import type { CollectorParts } from './collector-parts.js';
import { CollectorError } from './errors.js';
import { parseJsonBody, readBody } from './read-body.js';
import { describeIssues, jsonResponse, NO_QUERY, requireContentType, type Route, route, type RouteRequest } from './route.js';
import { SGP_ID_LENGTH_MAX, type SgpPatch, sgpPatchSchema, sgpSpanSchema } from './sgp-item-schema.js';
import { parseRow } from './sgp-batch.js';
import { findBySgpId, searchSgp, sgpFiltersSchema, type SgpPage, sgpPageSchema } from './sgp-search.js';
import { sgpToSpan } from './sgp-to-span.js';
import { keepOne } from './sgp-write-routes.js';
import { spanToSgp } from './span-to-sgp.js';
import { cameBySgp } from './write-spans.js';

const JSON_TYPE = 'application/json';
const pageSchema = z.object({ items: z.array(sgpSpanSchema), has_more: z.boolean() }).meta({ id: 'SgpSearchPage' });

/** SGP's calls that read, and the one that changes a span that is there. */
export function sgpReadRoutes(parts: CollectorParts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v5/spans/search',
      summary: 'Find spans',
      query: sgpPageSchema,
      body: { contentTypes: [JSON_TYPE], schema: sgpFiltersSchema },
      answers: [{ status: 200, description: 'One page.', schema: pageSchema }],
      answer: (request) => search(parts, request),
    }),
    route({
      method: 'GET',
      path: '/v5/spans/{id}',
      summary: 'One span',
      query: NO_QUERY,
      answers: [{ status: 200, description: 'The span.', schema: sgpSpanSchema }],
      answer: async ({ params, scope }) => jsonResponse(spanToSgp(await find(parts, params['id'], scope), scope.accountId)),
    }),
    route({
      method: 'PATCH',
      path: '/v5/spans/{id}',
      summary: 'Change fields of a span; an end may only move later',
      query: NO_QUERY,
      body: { contentTypes: [JSON_TYPE], schema: sgpPatchSchema },
      answers: [{ status: 200, description: 'The span as it is kept.', schema: sgpSpanSchema }],
      answer: (request) => patch(parts, request),
    }),
  ];
}

async function search(parts: CollectorParts, { raw, query, scope }: RouteRequest<SgpPage>): Promise<Response> {
  const bytes = await readBody(raw, parts.limits.bodyBytes, parts.budget);
  // A client that filters by nothing may send no body.
  const parsed = sgpFiltersSchema.safeParse(bytes.byteLength === 0 ? {} : parseJsonBody(bytes));
  if (!parsed.success)
    throw new CollectorError(422, 'INVALID_BODY', `the filters are not valid: ${describeIssues(parsed.error)}`);
  return jsonResponse(await searchSgp(parts.store, parsed.data, query, scope));
}

async function patch(parts: CollectorParts, { raw, params, scope }: RouteRequest<unknown>): Promise<Response> {
  requireContentType(raw, JSON_TYPE);
  const body = parseJsonBody(await readBody(raw, parts.limits.rowBytes, parts.budget));
  const parsed = sgpPatchSchema.safeParse(body);
  if (!parsed.success) throw new CollectorError(422, 'INVALID_BODY', `the change is not valid: ${describeIssues(parsed.error)}`);
  const known = await find(parts, params['id'], scope);
  if (!cameBySgp(known)) {
    throw new CollectorError(
      409,
      'OTHER_SOURCE',
      'the span was not written by these calls, and knows more than they could give back',
    );
  }
  const changed = sgpToSpan(parseRow({ ...spanToSgp(known, scope.accountId), ...(body as SgpPatch) }));
  if (known.endTime !== undefined && changed.endTime !== undefined && changed.endTime < known.endTime) {
    throw new CollectorError(409, 'END_MOVED_BACK', 'the end of a span may only move later: of two ends the later one is kept');
  }
  return jsonResponse(await keepOne(parts, changed, scope));
}

async function find(parts: CollectorParts, id: string | undefined, scope: StoreScope): Promise<Span> {
  if (id === undefined || id.length > SGP_ID_LENGTH_MAX || id.includes('\0') || !id.isWellFormed()) {
    throw new CollectorError(400, 'INVALID_ID', `a span id is well-formed text of at most ${SGP_ID_LENGTH_MAX} characters`);
  }
  const span = await findBySgpId(parts.store, id, scope);
  if (span === undefined) throw new CollectorError(404, 'UNKNOWN_SPAN', `there is no span ${JSON.stringify(id)}`);
  return span;
}
