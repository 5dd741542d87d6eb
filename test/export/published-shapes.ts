/**
 * The formats as their projects publish them, strict: a field that none of them names is a fault.
 *
 * OTLP: opentelemetry-proto's trace.proto in its JSON mapping. Zipkin: zipkin2-api.yaml. Jaeger: what its page's trace reader takes. Chrome: the
 * Trace Event format.
 */
import { z } from 'zod';

const wellFormed = z.string().refine((text) => text.isWellFormed(), 'a surrogate alone');
const spanId = z.string().regex(/^[0-9a-f]{16}$/);
const traceId = z.string().regex(/^[0-9a-f]{32}$/);
const micros = z.int().min(0);

const otlpValue: z.ZodType = z.lazy(() =>
  z.union([
    z.strictObject({ stringValue: wellFormed }),
    z.strictObject({ boolValue: z.boolean() }),
    z.strictObject({ intValue: z.string().regex(/^-?\d{1,19}$/) }),
    z.strictObject({ doubleValue: z.number() }),
    z.strictObject({ arrayValue: z.strictObject({ values: z.array(otlpValue) }) }),
  ]),
);
const otlpAttributes = z.array(z.strictObject({ key: wellFormed, value: otlpValue }));
const nanos = z.string().regex(/^\d{1,20}$/);

export const OTLP_TRACES = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: otlpAttributes }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({ name: wellFormed, version: wellFormed.optional() }),
          spans: z.array(
            z.strictObject({
              traceId,
              spanId,
              parentSpanId: spanId.optional(),
              flags: z.int().min(0).max(0xff_ff_ff_ff),
              name: wellFormed,
              kind: z.int().min(1).max(5),
              startTimeUnixNano: nanos,
              endTimeUnixNano: nanos.optional(),
              attributes: otlpAttributes,
              events: z.array(z.strictObject({ timeUnixNano: nanos, name: wellFormed, attributes: otlpAttributes })),
              links: z.array(z.strictObject({ traceId, spanId, attributes: otlpAttributes })),
              status: z.strictObject({ code: z.int().min(0).max(2).optional(), message: wellFormed.optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
});

export const ZIPKIN_SPANS = z.array(
  z.strictObject({
    traceId,
    id: spanId,
    parentId: spanId.optional(),
    name: wellFormed,
    kind: z.enum(['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER']).optional(),
    timestamp: z.int().min(1).optional(),
    duration: z.int().min(1).optional(),
    localEndpoint: z.strictObject({ serviceName: wellFormed }),
    annotations: z.array(z.strictObject({ timestamp: micros, value: wellFormed })),
    tags: z.record(wellFormed, wellFormed),
  }),
);

const jaegerTags = z.array(
  z.discriminatedUnion('type', [
    z.strictObject({ key: wellFormed, type: z.literal('string'), value: wellFormed }),
    z.strictObject({ key: wellFormed, type: z.literal('bool'), value: z.boolean() }),
    z.strictObject({ key: wellFormed, type: z.literal('int64'), value: z.int() }),
    z.strictObject({ key: wellFormed, type: z.literal('float64'), value: z.number() }),
  ]),
);

export const JAEGER_TRACES = z.strictObject({
  data: z.array(
    z.strictObject({
      traceID: traceId,
      spans: z.array(
        z.strictObject({
          traceID: traceId,
          spanID: spanId,
          flags: z.int(),
          operationName: wellFormed,
          references: z.array(
            z.strictObject({ refType: z.enum(['CHILD_OF', 'FOLLOWS_FROM']), traceID: traceId, spanID: spanId }),
          ),
          startTime: micros,
          duration: micros,
          tags: jaegerTags,
          logs: z.array(z.strictObject({ timestamp: micros, fields: jaegerTags })),
          processID: z.string().regex(/^p\d+$/),
          warnings: z.array(z.string()).nullable(),
        }),
      ),
      processes: z.record(z.string(), z.strictObject({ serviceName: wellFormed, tags: jaegerTags })),
      warnings: z.null(),
    }),
  ),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
  errors: z.null(),
});

const place = {
  name: wellFormed,
  cat: wellFormed,
  ts: micros,
  pid: z.int(),
  tid: z.int(),
  args: z.record(wellFormed, z.unknown()),
};

export const CHROME_TRACE = z.strictObject({
  traceEvents: z.array(
    z.discriminatedUnion('ph', [
      z.strictObject({ ph: z.literal('X'), dur: micros, ...place }),
      z.strictObject({ ph: z.literal('i'), s: z.enum(['g', 'p', 't']), ...place }),
      z.strictObject({
        ph: z.literal('M'),
        name: z.enum(['process_name', 'thread_name']),
        pid: z.int(),
        tid: z.int(),
        args: z.strictObject({ name: wellFormed }),
      }),
    ]),
  ),
  displayTimeUnit: z.enum(['ms', 'ns']),
});
