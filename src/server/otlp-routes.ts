import { z } from 'zod';
import { InvalidSpanError } from '../span/errors.js';
import type { Span } from '../span/span.js';
import type { StoreScope } from '../store/span-store.js';
import type { CollectorParts } from './collector-parts.js';
import { CollectorError } from './errors.js';
import type { OtlpReader } from './otlp-fields.js';
import { otlpToSpan } from './otlp-to-span.js';
import { ProtobufError } from './protobuf-reader.js';
import { parseJsonBody, readBody } from './read-body.js';
import { readOtlpJson } from './read-otlp-json.js';
import { readOtlpProtobuf } from './read-otlp-protobuf.js';
import { jsonResponse, NO_QUERY, requireContentType, type Route, route, type RouteRequest } from './route.js';

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';
/** Spans that are written at once: the store's other users wait no longer than for these. */
const WRITTEN_AT_ONCE = 2_000;

const requestSchema = z
  .looseObject({ resourceSpans: z.array(z.looseObject({})).optional() })
  .meta({ id: 'OtlpTraces', description: "OTLP's ExportTraceServiceRequest" });
const partialSchema = z
  .object({ partialSuccess: z.object({ rejectedSpans: z.string(), errorMessage: z.string() }).optional() })
  .meta({ id: 'OtlpAnswer', description: "OTLP's ExportTraceServiceResponse" });

/** OTLP/HTTP for traces. */
export function otlpRoutes(parts: CollectorParts): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/traces',
      summary: 'OTLP/HTTP, as JSON or protobuf, gzip or not',
      query: NO_QUERY,
      body: { contentTypes: [JSON_TYPE, PROTOBUF_TYPE], schema: requestSchema },
      answers: [
        {
          status: 200,
          description: 'In the encoding of the request; `partialSuccess` where spans were refused.',
          schema: partialSchema,
        },
      ],
      answer: (request) => takeTraces(parts, request),
    }),
  ];
}

async function takeTraces(parts: CollectorParts, { raw, scope }: RouteRequest<unknown>): Promise<Response> {
  const isProtobuf = requireContentType(raw, JSON_TYPE, PROTOBUF_TYPE) === PROTOBUF_TYPE;
  const bytes = await readBody(raw, parts.limits.bodyBytes, parts.budget);
  const gathered = new GatheredSpans(parts.limits.otlpSpans);
  if (isProtobuf) readFrame(() => readOtlpProtobuf(bytes, parts.limits.rowBytes, gathered));
  else readOtlpJson(parseJsonBody(bytes), bytes.byteLength, parts.limits.rowBytes, gathered);

  await write(parts, gathered.spans, scope);
  const { refusedCount, firstReason } = gathered;
  if (refusedCount > 0) {
    parts.metrics.add('everspan_collector_spans_refused_total', { protocol: 'otlp', code: 'INVALID_ROW' }, refusedCount);
  }
  const message = refusedCount === 0 ? '' : `${refusedCount} spans were refused, the others are kept; the first: ${firstReason}`;
  if (isProtobuf) return new Response(partialSuccess(refusedCount, message), { headers: { 'content-type': PROTOBUF_TYPE } });
  if (refusedCount === 0) return jsonResponse({});
  return jsonResponse({ partialSuccess: { rejectedSpans: String(refusedCount), errorMessage: message } });
}

async function write(parts: CollectorParts, spans: readonly Span[], scope: StoreScope): Promise<void> {
  for (let from = 0; from < spans.length; from += WRITTEN_AT_ONCE) {
    const chunk = spans.slice(from, from + WRITTEN_AT_ONCE);
    await parts.store.upsert(chunk, scope);
    parts.metrics.add('everspan_collector_spans_accepted_total', { protocol: 'otlp' }, chunk.length);
    parts.bell.ring(scope.accountId);
  }
}

class GatheredSpans implements OtlpReader {
  readonly spans: Span[] = [];
  refusedCount = 0;
  firstReason = '';
  readonly #spansMax: number;

  constructor(spansMax: number) {
    this.#spansMax = spansMax;
  }

  span(...[fields, origin]: Parameters<OtlpReader['span']>): void {
    if (this.spans.length >= this.#spansMax) {
      throw new CollectorError(413, 'TOO_MANY_ROWS', `a request may have ${this.#spansMax} spans`);
    }
    try {
      this.spans.push(otlpToSpan(fields, origin));
    } catch (error) {
      if (!(error instanceof InvalidSpanError)) throw error;
      this.refused(error.message);
    }
  }

  refused(reason: string): void {
    if (this.refusedCount === 0) this.firstReason = reason;
    this.refusedCount += 1;
  }
}

function readFrame(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw new CollectorError(400, 'INVALID_PROTOBUF', `the body is no ExportTraceServiceRequest: ${error.message}`);
  }
}

/** `ExportTraceServiceResponse`: nothing, or its field 1 with the count (1) and the message (2). */
function partialSuccess(count: number, message: string): Uint8Array<ArrayBuffer> {
  if (count === 0) return new Uint8Array(0);
  const text = Buffer.from(message, 'utf8');
  const inner = [0x08, ...varint(count), 0x12, ...varint(text.byteLength), ...text];
  return Uint8Array.from([0x0a, ...varint(inner.length), ...inner]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}
