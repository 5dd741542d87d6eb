import { z } from 'zod';
import { isTraceId } from '../span/ids.js';
import type { CollectorParts } from './collector-parts.js';
import { CollectorError } from './errors.js';
import { liveChanges } from './live-changes.js';
import { type Route, route, type RouteRequest } from './route.js';

const sequenceSchema = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const querySchema = z.strictObject({
  traceId: z
    .string()
    .refine(isTraceId, 'must be 32 lower-case hex digits')
    .optional()
    .meta({ description: 'only spans of this trace' }),
  after: sequenceSchema.optional().meta({
    description: 'begins behind this sequence, 0 for all that is there; default: with what comes. Last-Event-ID goes before it',
  }),
});

/** Live changes. */
export function liveRoutes(parts: CollectorParts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/changes',
      summary: 'Spans as they change, as server-sent events (`ready` once, then `span`), without gaps from Last-Event-ID on',
      query: querySchema,
      answers: [{ status: 200, description: 'Events whose id is the sequence of the change.', contentType: 'text/event-stream' }],
      answer: (request) => readLive(parts, request),
    }),
  ];
}

async function readLive(parts: CollectorParts, request: RouteRequest<z.infer<typeof querySchema>>): Promise<Response> {
  const { raw, query, scope, disconnect } = request;
  if (parts.metrics.liveReaders >= parts.limits.liveReaders) {
    const message = `${parts.limits.liveReaders} readers of live changes are there already`;
    throw new CollectorError(503, 'TOO_MANY_READERS', message, { retryAfterSeconds: 5 });
  }
  const last = await parts.store.lastSequence(scope);
  const wanted = lastEventId(raw) ?? query.after ?? last;
  // A sequence that is not reached yet is of another store: from here on nothing of this one is left out.
  const after = Math.min(wanted, last);
  const ofTrace = query.traceId === undefined ? {} : { traceId: query.traceId };
  const stream = liveChanges(parts, scope, { after, ...ofTrace }, disconnect);
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  });
}

function lastEventId(request: Request): number | undefined {
  const text = request.headers.get('last-event-id');
  if (text === null || text === '') return undefined;
  const parsed = sequenceSchema.safeParse(text);
  if (!parsed.success) throw new CollectorError(400, 'INVALID_QUERY', 'Last-Event-ID must be the id of an event of this stream');
  return parsed.data;
}
