import {
  OTLP_DEPTH_MAX,
  type OtlpAny,
  type OtlpOrigin,
  type OtlpPair,
  type OtlpReader,
  type OtlpSpanFields,
} from './otlp-fields.js';
import { ProtobufError, ProtobufReader } from './protobuf-reader.js';

/**
 * Reads an `ExportTraceServiceRequest` of OTLP. The numbers of fields are those of opentelemetry-proto's trace, resource and common v1.
 *
 * @param rowBytes - Bytes that one span may have.
 * @throws ProtobufError when the frame around the spans is broken; a broken span is told to `reader`, and costs itself only.
 */
export function readOtlpProtobuf(bytes: Uint8Array, rowBytes: number, reader: OtlpReader): void {
  eachField(bytes, { 1: (request) => readResourceSpans(request.bytes(), rowBytes, reader) });
}

function readResourceSpans(bytes: Uint8Array, rowBytes: number, reader: OtlpReader): void {
  let resource: OtlpPair[] = [];
  const scopes: Uint8Array[] = [];
  eachField(bytes, {
    1: (message) => {
      resource = readAttributes(message.bytes(), 1);
    },
    2: (message) => scopes.push(message.bytes()),
  });
  // Behind the loop: the order of fields is the sender's choice.
  for (const scope of scopes) readScopeSpans(scope, resource, rowBytes, reader);
}

function readScopeSpans(bytes: Uint8Array, resource: readonly OtlpPair[], rowBytes: number, reader: OtlpReader): void {
  let origin: OtlpOrigin = { resource, scopeName: '', scopeVersion: '', scopeAttributes: [] };
  const spans: Uint8Array[] = [];
  eachField(bytes, {
    1: (message) => {
      origin = { resource, ...readScope(message.bytes()) };
    },
    2: (message) => spans.push(message.bytes()),
  });
  for (const span of spans) {
    if (span.byteLength > rowBytes) {
      reader.refused(`a span has ${span.byteLength} bytes, more than ${rowBytes}`);
      continue;
    }
    const fields = readSpanOrReason(span);
    if (typeof fields === 'string') reader.refused(fields);
    else reader.span(fields, origin);
  }
}

function readScope(bytes: Uint8Array): Omit<OtlpOrigin, 'resource'> {
  const scope = { scopeName: '', scopeVersion: '', scopeAttributes: [] as OtlpPair[] };
  eachField(bytes, {
    1: (message) => (scope.scopeName = message.text()),
    2: (message) => (scope.scopeVersion = message.text()),
    3: (message) => scope.scopeAttributes.push(readPair(message.bytes(), 0)),
  });
  return scope;
}

function readSpanOrReason(bytes: Uint8Array): OtlpSpanFields | string {
  try {
    return readSpan(bytes);
  } catch (error) {
    if (error instanceof ProtobufError) return error.message;
    throw error;
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function readSpan(bytes: Uint8Array): OtlpSpanFields {
  const attributes: OtlpPair[] = [];
  const events: OtlpSpanFields['events'][number][] = [];
  const links: OtlpSpanFields['links'][number][] = [];
  const dropped: [number, number, number] = [0, 0, 0];
  const span: Writable<OtlpSpanFields> = {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    traceState: '',
    name: '',
    kind: 0,
    startNanos: 0n,
    endNanos: 0n,
    attributes,
    events,
    links,
    statusCode: 0,
    statusMessage: '',
    dropped,
  };
  eachField(bytes, {
    1: (message) => (span.traceId = hex(message.bytes())),
    2: (message) => (span.spanId = hex(message.bytes())),
    3: (message) => (span.traceState = message.text()),
    4: (message) => (span.parentSpanId = hex(message.bytes())),
    5: (message) => (span.name = message.text()),
    6: (message) => (span.kind = message.uint()),
    7: (message) => (span.startNanos = message.fixed64()),
    8: (message) => (span.endNanos = message.fixed64()),
    9: (message) => attributes.push(readPair(message.bytes(), 0)),
    10: (message) => (dropped[0] = message.uint()),
    11: (message) => events.push(readEvent(message.bytes())),
    12: (message) => (dropped[1] = message.uint()),
    13: (message) => links.push(readLink(message.bytes())),
    14: (message) => (dropped[2] = message.uint()),
    15: (message) => {
      eachField(message.bytes(), {
        2: (status) => (span.statusMessage = status.text()),
        3: (status) => (span.statusCode = status.uint()),
      });
    },
  });
  return span;
}

function readEvent(bytes: Uint8Array): OtlpSpanFields['events'][number] {
  const event = { nanos: 0n, name: '', attributes: [] as OtlpPair[] };
  eachField(bytes, {
    1: (message) => (event.nanos = message.fixed64()),
    2: (message) => (event.name = message.text()),
    3: (message) => event.attributes.push(readPair(message.bytes(), 0)),
  });
  return event;
}

function readLink(bytes: Uint8Array): OtlpSpanFields['links'][number] {
  const link = { traceId: '', spanId: '', attributes: [] as OtlpPair[] };
  eachField(bytes, {
    1: (message) => (link.traceId = hex(message.bytes())),
    2: (message) => (link.spanId = hex(message.bytes())),
    4: (message) => link.attributes.push(readPair(message.bytes(), 0)),
  });
  return link;
}

function readAttributes(bytes: Uint8Array, field: number): OtlpPair[] {
  const pairs: OtlpPair[] = [];
  eachField(bytes, { [field]: (message) => pairs.push(readPair(message.bytes(), 0)) });
  return pairs;
}

function readPair(bytes: Uint8Array, depth: number): OtlpPair {
  let key = '';
  let value: OtlpAny;
  eachField(bytes, {
    1: (message) => (key = message.text()),
    2: (message) => (value = readAny(message.bytes(), depth)),
  });
  return [key, value];
}

function readAny(bytes: Uint8Array, depth: number): OtlpAny {
  if (depth > OTLP_DEPTH_MAX) throw new ProtobufError(`a value nests deeper than ${OTLP_DEPTH_MAX} levels`);
  let value: OtlpAny;
  eachField(bytes, {
    1: (message) => (value = message.text()),
    2: (message) => (value = message.uint() !== 0),
    3: (message) => (value = BigInt.asIntN(64, message.varint())),
    4: (message) => (value = message.double()),
    5: (message) => {
      const list: OtlpAny[] = [];
      eachField(message.bytes(), { 1: (member) => list.push(readAny(member.bytes(), depth + 1)) });
      value = { list };
    },
    6: (message) => {
      const map: OtlpPair[] = [];
      eachField(message.bytes(), { 1: (member) => map.push(readPair(member.bytes(), depth + 1)) });
      value = { map };
    },
    7: (message) => (value = message.bytes()),
  });
  return value;
}

type FieldReaders = Readonly<Record<number, (message: ProtobufReader) => unknown>>;

function eachField(bytes: Uint8Array, readers: FieldReaders): void {
  const message = new ProtobufReader(bytes);
  while (!message.isAtEnd) {
    const read = readers[message.field()];
    if (read === undefined) message.skip();
    else read(message);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
