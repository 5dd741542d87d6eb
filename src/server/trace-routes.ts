import { z } from 'zod';
import { EXPORT_FORMATS, type ExportFormat } from '../export/export-format.js';
import { exportTrace } from '../export/export-trace.js';
import type { TraceFilter } from '../store/span-store.js';
import type { CollectorParts } from './collector-parts.js';
import { jsonResponse, NO_QUERY, type Route, route, type RouteRequest } from './route.js';
import { checkedIdParam, readTrace, traceIdParam } from './read-trace.js';
import { streamResponse } from './stream-response.js';
import { spanSchema, statusSchema, traceListSchema } from './trace-schemas.js';

const microsSchema = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const flagSchema = z.enum(['true', 'false']).transform((text) => text === 'true');
const MICROS = { description: 'microseconds since the epoch' };

function pageShape(limitMax: number): {
  limit: z.ZodDefault<z.ZodCoercedNumber>;
  cursor: z.ZodOptional<z.ZodString>;
  order: z.ZodOptional<z.ZodEnum<{ newest: 'newest'; oldest: 'oldest' }>>;
} {
  return {
    limit: z.coerce.number().int().min(1).max(limitMax).default(Math.min(50, limitMax)),
    cursor: z.string().max(500).optional().meta({ description: 'of the page before, with the same filters' }),
    order: z.enum(['newest', 'oldest']).optional().meta({ description: 'by start; default: newest first' }),
  };
}

const HEAD = { description: 'of the workflow that a client started, where there is one; else of the root' };

const filterShape = {
  name: z.string().optional().meta(HEAD),
  status: statusSchema.optional().meta(HEAD),
  serviceName: z.string().optional(),
  startedFrom: microsSchema.optional().meta(MICROS),
  startedTo: microsSchema.optional().meta(MICROS),
  durationAtLeast: microsSchema.optional().meta({ description: 'microseconds' }),
  durationAtMost: microsSchema.optional().meta({ description: 'microseconds' }),
  hasOpenSpans: flagSchema.optional(),
  hasErrors: flagSchema.optional(),
  isCall: flagSchema.optional().meta({ description: "no more than a client's call: a signal, a query, an update" }),
};

const traceSchema = z.object({ traceId: z.string(), spans: z.array(spanSchema) }).meta({ id: 'Trace' });
const FORMATS = Object.keys(EXPORT_FORMATS) as [ExportFormat, ...ExportFormat[]];
const exportQuerySchema = z.strictObject({ format: z.enum(FORMATS), openSpans: flagSchema.optional() });

/** Our own calls that read traces. */
export function traceRoutes(parts: CollectorParts): Route[] {
  const page = pageShape(parts.limits.pageItems);
  const listQuerySchema = z.strictObject({ workflowId: z.string().optional(), ...filterShape, ...page });
  const workflowQuerySchema = z.strictObject({ ...filterShape, ...page });
  const list = async (query: ListQuery, { scope }: RouteRequest<unknown>): Promise<Response> => {
    const { limit, cursor, order, ...filter } = query;
    const wanted = { limit, ...(cursor === undefined ? {} : { cursor }), ...(order === undefined ? {} : { order }) };
    return jsonResponse(await parts.store.listTraces(withoutAbsent(filter), wanted, scope));
  };
  return [
    route({
      method: 'GET',
      path: '/api/v1/traces',
      summary: 'Traces that fit every filter, page by page',
      query: listQuerySchema,
      answers: [{ status: 200, description: 'One page; `cursor` is absent on the last.', schema: traceListSchema }],
      answer: (request) => list(request.query, request),
    }),
    route({
      method: 'GET',
      path: '/api/v1/workflows/{workflowId}/traces',
      summary: 'Traces in which a span is of this workflow',
      query: workflowQuerySchema,
      answers: [{ status: 200, description: 'One page.', schema: traceListSchema }],
      answer: (request) => {
        const workflowId = checkedIdParam('a workflow id', request.params['workflowId']);
        return list({ ...request.query, workflowId }, request);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/traces/{traceId}',
      summary: 'All spans of a trace, by start',
      query: NO_QUERY,
      answers: [{ status: 200, description: 'The trace.', schema: traceSchema }],
      answer: async ({ params, scope, disconnect }) => {
        const traceId = traceIdParam(params['traceId']);
        const spans = await readTrace(parts, traceId, scope);
        return streamResponse(traceText(traceId, spans), { contentType: 'application/json', disconnect });
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/traces/{traceId}/export',
      summary: 'A trace in the format of another program',
      query: exportQuerySchema,
      answers: FORMATS.map((format) => ({
        status: 200,
        description: `${format}: ${EXPORT_FORMATS[format].description}`,
        contentType: EXPORT_FORMATS[format].contentType.split(';', 1)[0] ?? 'text/plain',
      })),
      answer: (request) => exported(parts, request),
    }),
  ];
}

type ListQuery = Readonly<Record<string, unknown>> & {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly order?: 'newest' | 'oldest' | undefined;
};

async function exported(parts: CollectorParts, request: RouteRequest<z.infer<typeof exportQuerySchema>>): Promise<Response> {
  const { params, query, scope, disconnect } = request;
  const traceId = traceIdParam(params['traceId']);
  const spans = await readTrace(parts, traceId, scope);
  const { contentType, extension } = EXPORT_FORMATS[query.format];
  const pieces = exportTrace(spans, query.format, query.openSpans === undefined ? {} : { openSpans: query.openSpans });
  // A page of ours is shown by no browser as one of the collector's: it could read with the reader's key.
  const headers = {
    'content-disposition': `attachment; filename="${traceId}.${extension}"`,
    'x-content-type-options': 'nosniff',
  };
  return streamResponse(pieces, { contentType, headers, disconnect });
}

function* traceText(traceId: string, spans: readonly unknown[]): Generator<string> {
  yield `{"traceId":${JSON.stringify(traceId)},"spans":[`;
  for (const [index, span] of spans.entries()) yield `${index === 0 ? '' : ','}${JSON.stringify(span)}`;
  yield ']}';
}

function withoutAbsent(filter: Readonly<Record<string, unknown>>): TraceFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
