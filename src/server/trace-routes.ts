import { z } from 'zod';
import type { CollectorParts } from './collector-parts.js';
import { CollectorError } from './errors.js';
import { jsonResponse, NO_QUERY, type Route, route } from './route.js';
import { spanSchema } from './trace-schemas.js';
import { isTraceId, traceIdFromUuid } from '../span/ids.js';
import type { Span } from '../span/span.js';
import type { StoreScope } from '../store/span-store.js';

const traceSchema = z.object({ traceId: z.string(), spans: z.array(spanSchema) }).meta({ id: 'Trace' });

/** Our own calls that read traces. */
export function traceRoutes(parts: CollectorParts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/traces/{traceId}',
      summary: 'All spans of a trace, by start',
      query: NO_QUERY,
      answers: [{ status: 200, description: 'The trace.', schema: traceSchema }],
      answer: async ({ params, scope }) => {
        const traceId = traceIdParam(params['traceId']);
        return jsonResponse({ traceId, spans: await readTrace(parts, traceId, scope) });
      },
    }),
  ];
}

/** @throws CollectorError `INVALID_ID`. */
export function traceIdParam(text: string | undefined): string {
  const traceId = isTraceId(text) ? text : traceIdFromUuid(text ?? '');
  if (traceId !== undefined) return traceId;
  throw new CollectorError(400, 'INVALID_ID', 'a trace id is 32 lower-case hex digits, or the same as a UUID');
}

/** @throws CollectorError 404 `UNKNOWN_TRACE`, 413 `TRACE_TOO_LARGE`. */
export async function readTrace(parts: CollectorParts, traceId: string, scope: StoreScope): Promise<readonly Span[]> {
  const spans = await parts.store.trace(traceId, scope);
  if (spans.length === 0) throw new CollectorError(404, 'UNKNOWN_TRACE', `there is no trace ${traceId}`);
  if (spans.length > parts.limits.traceSpans) {
    throw new CollectorError(
      413,
      'TRACE_TOO_LARGE',
      `trace ${traceId} has ${spans.length} spans, more than ${parts.limits.traceSpans}`,
    );
  }
  return spans;
}
