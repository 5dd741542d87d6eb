import { isSpanId, isTraceId } from '../span/ids.js';
import { TIME_MICROS_MAX } from '../span/limits.js';
import type { Attributes, AttributeValue, JsonValue, Span, SpanKind, SpanStatus } from '../span/span.js';
import { validateSpan } from '../span/validate-span.js';
import { ROW_ATTRIBUTES } from '../wire/jsonl-row.js';

import type { OtlpAny, OtlpOrigin, OtlpPair, OtlpSpanFields } from './otlp-fields.js';

/** The attribute that keeps what of an OTLP span no field of ours says: JSON text of its trace state, its scope's attributes, what was dropped. */
export const OTLP_REST = 'everspan.otlp';

/**
 * The span that OTLP's `fields` say.
 *
 * What everspan's own exports put into `everspan.*` attributes, because OTLP has no place for it, goes back to where it came from. Times
 * are cut to microseconds.
 *
 * @throws InvalidSpanError when it is no valid span.
 */
export function otlpToSpan(fields: OtlpSpanFields, origin: OtlpOrigin): Span {
  const attributes = new Map(attributeEntries(fields.attributes));
  const endTime = fields.endNanos === 0n ? undefined : micros(fields.endNanos);
  const rest = restOf(fields, origin);
  const exact = ownFields(attributes, endTime);
  if (rest !== undefined) attributes.set(OTLP_REST, rest);
  return validateSpan({
    spanId: fields.spanId,
    traceId: fields.traceId,
    ...(fields.parentSpanId === '' || /^0+$/.test(fields.parentSpanId) ? {} : { parentId: fields.parentSpanId }),
    name: fields.name,
    kind: KINDS[fields.kind] ?? 'INTERNAL',
    type: 'otel',
    startTime: micros(fields.startNanos),
    ...(endTime === undefined ? {} : { endTime }),
    status: endTime === undefined ? 'RUNNING' : fields.statusCode === STATUS_CODE_ERROR ? 'ERROR' : 'OK',
    ...(fields.statusMessage === '' ? {} : { statusMessage: fields.statusMessage }),
    ...exact,
    attributes: Object.fromEntries(attributes),
    events: fields.events.map((event) => ({
      name: event.name,
      time: micros(event.nanos),
      ...someAttributes(event.attributes),
    })),
    // A link to nowhere links nothing.
    links: fields.links
      .filter((link) => isTraceId(link.traceId) && isSpanId(link.spanId))
      .map(({ traceId, spanId, attributes: own }) => ({ traceId, spanId, ...someAttributes(own) })),
    resource: Object.fromEntries(attributeEntries(origin.resource)),
    scope: { name: origin.scopeName, ...(origin.scopeVersion === '' ? {} : { version: origin.scopeVersion }) },
    source: exact.source ?? 'observed',
    revision: exact.revision ?? 0,
    attempt: exact.attempt ?? 1,
  });
}

const KINDS: Readonly<Record<number, SpanKind>> = { 1: 'INTERNAL', 2: 'SERVER', 3: 'CLIENT', 4: 'PRODUCER', 5: 'CONSUMER' };
const STATUS_CODE_ERROR = 2;
const SOURCES: ReadonlySet<unknown> = new Set(['inferred', 'observed', 'recorded']);
const STATUSES: ReadonlySet<unknown> = new Set(['OK', 'ERROR', 'CANCELED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED', 'UNKNOWN']);

type OwnFields = Partial<Pick<Span, 'type' | 'status' | 'source' | 'revision' | 'attempt' | 'input' | 'output'>>;

/** Takes out of `attributes` what our exports put there; what is not as they write it stays an attribute. */
function ownFields(attributes: Map<string, AttributeValue>, endTime: number | undefined): OwnFields {
  const take = <T>(name: string, read: (value: AttributeValue) => T | undefined): T | undefined => {
    const value = attributes.get(name);
    const own = value === undefined ? undefined : read(value);
    if (own !== undefined) attributes.delete(name);
    return own;
  };
  const status = take(ROW_ATTRIBUTES.status, (value) => {
    const isExact = endTime === undefined ? value === 'RUNNING' : STATUSES.has(value);
    return isExact ? (value as SpanStatus) : undefined;
  });
  const type = take(ROW_ATTRIBUTES.type, (value) => (typeof value === 'string' && value !== '' ? value : undefined));
  const source = take(ROW_ATTRIBUTES.source, (value) => (SOURCES.has(value) ? (value as Span['source']) : undefined));
  const revision = take(ROW_ATTRIBUTES.revision, countOf);
  const attempt = take(ROW_ATTRIBUTES.attempt, countOf);
  const input = take(ROW_ATTRIBUTES.input, jsonOf);
  const output = take(ROW_ATTRIBUTES.output, jsonOf);
  return Object.fromEntries(
    Object.entries({ status, type, source, revision, attempt, input, output }).filter(([, value]) => value !== undefined),
  );
}

function countOf(value: AttributeValue): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function jsonOf(value: AttributeValue): JsonValue | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return JSON.parse(value) as JsonValue;
  } catch {
    // An attribute of that name that is not ours.
    return undefined;
  }
}

function restOf(fields: OtlpSpanFields, origin: OtlpOrigin): string | undefined {
  const [droppedAttributes, droppedEvents, droppedLinks] = fields.dropped;
  const rest = {
    ...(fields.traceState === '' ? {} : { traceState: fields.traceState }),
    ...(origin.scopeAttributes.length === 0 ? {} : { scope: Object.fromEntries(attributeEntries(origin.scopeAttributes)) }),
    ...(droppedAttributes === 0 ? {} : { droppedAttributes }),
    ...(droppedEvents === 0 ? {} : { droppedEvents }),
    ...(droppedLinks === 0 ? {} : { droppedLinks }),
  };
  return Object.keys(rest).length === 0 ? undefined : JSON.stringify(rest);
}

function someAttributes(pairs: readonly OtlpPair[]): { attributes?: Attributes } {
  return pairs.length === 0 ? {} : { attributes: Object.fromEntries(attributeEntries(pairs)) };
}

function attributeEntries(pairs: readonly OtlpPair[]): [string, AttributeValue][] {
  return pairs.flatMap(([key, value]) => {
    const own = attributeOf(value);
    return own === undefined ? [] : [[key, own] as [string, AttributeValue]];
  });
}

function attributeOf(value: OtlpAny): AttributeValue | undefined {
  const plain = plainOf(value);
  if (plain === undefined || plain === null) return undefined;
  if (typeof plain !== 'object') return plain as AttributeValue;
  if (Array.isArray(plain) && isHomogeneous(plain)) return plain as AttributeValue;
  return JSON.stringify(plain);
}

function isHomogeneous(list: readonly unknown[]): boolean {
  const type = typeof list[0];
  return (
    (type === 'string' || type === 'number' || type === 'boolean' || list.length === 0) &&
    list.every((member) => typeof member === type)
  );
}

/** `value` in JSON's terms; what those have no word for becomes text. */
function plainOf(value: OtlpAny): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
        ? Number(value)
        : value.toString();
    case 'object':
      if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
      if ('list' in value) return value.list.map((member) => plainOf(member) ?? null);
      return Object.fromEntries(value.map.map(([key, member]) => [key, plainOf(member) ?? null]));
    default:
      return value;
  }
}

// What no clock shows is left for validation to refuse.
function micros(nanos: bigint): number {
  const whole = nanos / 1_000n;
  return whole <= BigInt(TIME_MICROS_MAX) ? Number(whole) : Number.NaN;
}
