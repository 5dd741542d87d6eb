import { z } from 'zod';
import type { CollectorParts } from './collector-parts.js';
import { toCollectorError } from './error-answer.js';
import { jsonResponse, NO_QUERY, type Route, route } from './route.js';

const stateSchema = z.object({ status: z.string() }).meta({ id: 'ServiceState' });

/** What is asked about the collector itself; none of it needs a key, and none of it tells of an account. */
export function serviceRoutes(parts: CollectorParts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/health',
      summary: 'Whether the process answers',
      isOpen: true,
      query: NO_QUERY,
      answers: [{ status: 200, description: 'It does.', schema: stateSchema }],
      answer: () => jsonResponse({ status: 'ok' }),
    }),
    route({
      method: 'GET',
      path: '/ready',
      summary: 'Whether requests will be taken: the store answers, and the collector is not stopping',
      isOpen: true,
      query: NO_QUERY,
      answers: [
        { status: 200, description: 'They will.', schema: stateSchema },
        { status: 503, description: 'Not now; `reason` says why.', schema: stateSchema },
      ],
      answer: async () => {
        if (parts.stopping.aborted) return jsonResponse({ status: 'stopping', reason: 'STOPPING' }, 503);
        try {
          await parts.store.lastSequence({ accountId: 'ready' });
          return jsonResponse({ status: 'ready', store: parts.store.name });
        } catch (error) {
          return jsonResponse({ status: 'unavailable', reason: toCollectorError(error).message }, 503);
        }
      },
    }),
    route({
      method: 'GET',
      path: '/metrics',
      summary: "Counters in Prometheus' text format",
      isOpen: true,
      query: NO_QUERY,
      answers: [{ status: 200, description: 'All of them.', contentType: 'text/plain' }],
      answer: () =>
        new Response(parts.metrics.toText(), { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } }),
    }),
  ];
}
