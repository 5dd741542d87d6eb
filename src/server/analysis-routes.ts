import { z } from 'zod';
import { compareTraces } from '../analysis/compare-traces.js';
import { findCriticalPath } from '../analysis/critical-path.js';
import { attributeQueues } from '../analysis/queue-waits.js';
import { isSpanId } from '../span/ids.js';
import type { CollectorParts } from './collector-parts.js';
import { CollectorError } from './errors.js';
import { readTrace, traceIdParam } from './read-trace.js';
import { jsonResponse, type Route, route } from './route.js';

const topSchema = z.coerce
  .number()
  .int()
  .min(0)
  .max(100_000)
  .optional()
  .meta({ description: 'entries in each list; default 100' });
const analysisQuerySchema = z.strictObject({
  rootId: z
    .string()
    .refine(isSpanId, 'must be 16 lower-case hex digits')
    .optional()
    .meta({ description: "default: the trace's root" }),
  top: topSchema,
});
const compareQuerySchema = z.strictObject({ before: z.string(), after: z.string(), top: topSchema });

const analysisSchema = z
  .object({ traceId: z.string(), criticalPath: z.looseObject({}), queues: z.looseObject({}) })
  .meta({ id: 'TraceAnalysis' });
const comparisonSchema = z.looseObject({ before: z.looseObject({}), after: z.looseObject({}) }).meta({ id: 'TraceComparison' });

/** Where the time of a trace went, and how two traces differ. */
export function analysisRoutes(parts: CollectorParts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/traces/{traceId}/analysis',
      summary: 'The critical path of a trace, and what waited for which queue',
      query: analysisQuerySchema,
      answers: [{ status: 200, description: 'Both.', schema: analysisSchema }],
      answer: async ({ params, query, scope }) => {
        const traceId = traceIdParam(params['traceId']);
        const spans = await readTrace(parts, traceId, scope);
        if (query.rootId !== undefined && !spans.some((span) => span.spanId === query.rootId)) {
          throw new CollectorError(404, 'UNKNOWN_SPAN', `trace ${traceId} has no span ${query.rootId}`);
        }
        const criticalPath = findCriticalPath(spans, query);
        return jsonResponse({ traceId, criticalPath, queues: attributeQueues(spans, query) });
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/compare',
      summary: 'How a trace differs from another, step by step',
      query: compareQuerySchema,
      answers: [{ status: 200, description: 'The differences.', schema: comparisonSchema }],
      answer: async ({ query, scope }) => {
        const before = await readTrace(parts, traceIdParam(query.before), scope);
        const after = await readTrace(parts, traceIdParam(query.after), scope);
        return jsonResponse(compareTraces(before, after, query.top === undefined ? {} : { top: query.top }));
      },
    }),
  ];
}
