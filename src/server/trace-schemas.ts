import { z } from 'zod';

export const statusSchema = z.enum(['RUNNING', 'OK', 'ERROR', 'CANCELED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED', 'UNKNOWN']);
const microsSchema = z.number().int().min(0).meta({ description: 'microseconds since the epoch' });
const attributeSchema = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.string()),
  z.array(z.number()),
  z.array(z.boolean()),
]);
const attributesSchema = z.record(z.string(), attributeSchema);
const spanIdSchema = z.string().regex(/^[0-9a-f]{16}$/);
const traceIdSchema = z.string().regex(/^[0-9a-f]{32}$/);

/** A span as the store keeps it. */
export const spanSchema = z
  .object({
    spanId: spanIdSchema,
    traceId: traceIdSchema,
    parentId: spanIdSchema.optional(),
    name: z.string(),
    kind: z.enum(['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']),
    type: z.string(),
    startTime: microsSchema,
    endTime: microsSchema.optional(),
    status: statusSchema,
    statusMessage: z.string().optional(),
    attributes: attributesSchema,
    events: z.array(z.object({ name: z.string(), time: microsSchema, attributes: attributesSchema.optional() })),
    links: z.array(z.object({ traceId: traceIdSchema, spanId: spanIdSchema, attributes: attributesSchema.optional() })),
    input: z.unknown().optional(),
    output: z.unknown().optional(),
    resource: attributesSchema,
    scope: z.object({ name: z.string(), version: z.string().optional() }),
    source: z.enum(['inferred', 'observed', 'recorded']),
    revision: z.number().int().min(0),
    attempt: z.number().int().min(0),
  })
  .meta({ id: 'Span' });

export const traceSummarySchema = z
  .object({
    traceId: traceIdSchema,
    name: z.string(),
    status: statusSchema,
    startTime: microsSchema,
    endTime: microsSchema.optional(),
    spanCount: z.number().int(),
    openCount: z.number().int(),
    errorCount: z.number().int(),
    workflowId: z.string().optional(),
    serviceName: z.string().optional(),
  })
  .meta({ id: 'TraceSummary' });

export const traceListSchema = z
  .object({ items: z.array(traceSummarySchema), cursor: z.string().optional() })
  .meta({ id: 'TraceList' });
