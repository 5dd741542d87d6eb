import { isObject } from '../span/validate-span.js';
import { CollectorError } from './errors.js';
import { jsonProblem } from './json-problem.js';
import {
  OTLP_DEPTH_MAX,
  type OtlpAny,
  type OtlpOrigin,
  type OtlpPair,
  type OtlpReader,
  type OtlpSpanFields,
} from './otlp-fields.js';

type Loose = Readonly<Record<string, unknown>>;

/**
 * Reads an `ExportTraceServiceRequest` of OTLP in its JSON encoding.
 *
 * @param rowBytes - Bytes that one span may have; measured only where the whole body is larger.
 * @throws CollectorError `INVALID_BODY` when the frame around the spans is broken; a broken span is told to `reader`, and costs itself only.
 */
export function readOtlpJson(body: unknown, bodyBytes: number, rowBytes: number, reader: OtlpReader): void {
  if (!isObject(body)) throw broken('the body must be an object with `resourceSpans`');
  for (const resourceSpans of objects(body, 'resourceSpans')) {
    const resource = isObject(resourceSpans['resource']) ? pairs(resourceSpans['resource']['attributes'], 'resource') : [];
    for (const scopeSpans of objects(resourceSpans, 'scopeSpans')) {
      const scope = isObject(scopeSpans['scope']) ? scopeSpans['scope'] : {};
      const origin: OtlpOrigin = {
        resource,
        scopeName: textOr(scope['name'], ''),
        scopeVersion: textOr(scope['version'], ''),
        scopeAttributes: pairs(scope['attributes'], 'scope'),
      };
      for (const span of objects(scopeSpans, 'spans')) {
        const fields = readSpanOrReason(span, bodyBytes > rowBytes ? rowBytes : undefined);
        if (typeof fields === 'string') reader.refused(fields);
        else reader.span(fields, origin);
      }
    }
  }
}

function readSpanOrReason(span: Loose, rowBytes: number | undefined): OtlpSpanFields | string {
  try {
    if (rowBytes !== undefined) {
      const problem = jsonProblem(span);
      if (problem !== undefined) return `a span ${problem}`;
      const bytes = Buffer.byteLength(JSON.stringify(span));
      if (bytes > rowBytes) return `a span has ${bytes} bytes, more than ${rowBytes}`;
    }
    return readSpan(span);
  } catch (error) {
    if (error instanceof CollectorError) return error.message;
    throw error;
  }
}

function readSpan(span: Loose): OtlpSpanFields {
  const status = isObject(span['status']) ? span['status'] : {};
  const where = `span ${textOr(span['spanId'], '?').slice(0, 40)}`;
  return {
    traceId: textOr(span['traceId'], '').toLowerCase(),
    spanId: textOr(span['spanId'], '').toLowerCase(),
    parentSpanId: textOr(span['parentSpanId'], '').toLowerCase(),
    traceState: textOr(span['traceState'], ''),
    name: textOr(span['name'], ''),
    kind: enumOr(span['kind'], KIND_NAMES),
    startNanos: nanos(span['startTimeUnixNano'], where),
    endNanos: nanos(span['endTimeUnixNano'], where),
    attributes: pairs(span['attributes'], where),
    events: objects(span, 'events').map((event) => ({
      nanos: nanos(event['timeUnixNano'], where),
      name: textOr(event['name'], ''),
      attributes: pairs(event['attributes'], where),
    })),
    links: objects(span, 'links').map((link) => ({
      traceId: textOr(link['traceId'], '').toLowerCase(),
      spanId: textOr(link['spanId'], '').toLowerCase(),
      attributes: pairs(link['attributes'], where),
    })),
    statusCode: enumOr(status['code'], STATUS_NAMES),
    statusMessage: textOr(status['message'], ''),
    dropped: [countOr(span['droppedAttributesCount']), countOr(span['droppedEventsCount']), countOr(span['droppedLinksCount'])],
  };
}

const KIND_NAMES = ['', 'SPAN_KIND_INTERNAL', 'SPAN_KIND_SERVER', 'SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'SPAN_KIND_CONSUMER'];
const STATUS_NAMES = ['', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

// A number in OTLP's JSON; protobuf's own JSON writes names, and some senders do.
function enumOr(value: unknown, names: readonly string[]): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? Math.max(0, names.indexOf(value)) : 0;
}

function pairs(value: unknown, where: string): OtlpPair[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw broken(`${where}: attributes must be a list`);
  return value.map((pair) => readPair(pair, where, 0));
}

function readPair(pair: unknown, where: string, depth: number): OtlpPair {
  if (!isObject(pair) || typeof pair['key'] !== 'string') throw broken(`${where}: an attribute must have a key`);
  return [pair['key'], readAny(pair['value'], where, depth)];
}

function readAny(value: unknown, where: string, depth: number): OtlpAny {
  if (depth > OTLP_DEPTH_MAX) throw broken(`${where}: a value nests deeper than ${OTLP_DEPTH_MAX} levels`);
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw broken(`${where}: an attribute's value must be an object`);
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof boolValue === 'boolean') return boolValue;
  if (intValue !== undefined) return integer(intValue, where);
  if (doubleValue !== undefined) return Number(doubleValue);
  if (isObject(arrayValue)) {
    return { list: anyList(arrayValue['values'], where).map((member) => readAny(member, where, depth + 1)) };
  }
  if (isObject(kvlistValue)) {
    return { map: anyList(kvlistValue['values'], where).map((pair) => readPair(pair, where, depth + 1)) };
  }
  // Base64 stays what it is: attributes have no bytes.
  if (typeof bytesValue === 'string') return bytesValue;
  return undefined;
}

function anyList(value: unknown, where: string): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw broken(`${where}: values must be a list`);
}

function integer(value: unknown, where: string): OtlpAny {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  throw broken(`${where}: intValue must be a whole number`);
}

function nanos(value: unknown, where: string): bigint {
  if (value === undefined || value === null || value === '') return 0n;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
  throw broken(`${where}: a time must be whole nanoseconds since the epoch`);
}

function objects(holder: Loose, field: string): readonly Loose[] {
  const list = holder[field];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list) || !list.every((member) => isObject(member))) throw broken(`${field} must be a list of objects`);
  return list;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function countOr(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function broken(message: string): CollectorError {
  return new CollectorError(400, 'INVALID_BODY', message);
}
