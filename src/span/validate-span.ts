import { InvalidSpanError } from './errors.js';
import { isSpanId, isTraceId } from './ids.js';
import { JSON_DEPTH_MAX, TIME_MICROS_MAX } from './limits.js';
import type { Attributes, Span } from './span.js';

const KINDS = new Set(['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']);
const STATUSES = new Set(['RUNNING', 'OK', 'ERROR', 'CANCELED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED', 'UNKNOWN']);
const SOURCES = new Set(['inferred', 'observed', 'recorded']);
const ATTRIBUTES_WANTED = 'an object of text, finite numbers, booleans and lists of one of them';
const JSON_WANTED = `plain JSON of at most ${JSON_DEPTH_MAX} levels`;

/**
 * `candidate` as a span, unchanged.
 *
 * Checks everything that the merge law and the processors rest on. An end before the start is valid: clocks do that,
 * and it is clamped when the span is read.
 *
 * @throws InvalidSpanError with the field and the value in its message.
 */
export function validateSpan(candidate: unknown): Span {
  if (!isObject(candidate))
    throw new InvalidSpanError('NOT_AN_OBJECT', `a span must be an object, got ${describeValue(candidate)}`);
  const span = candidate as Partial<Span>;
  const spanId = typeof span.spanId === 'string' ? span.spanId : undefined;
  const fail = (code: ConstructorParameters<typeof InvalidSpanError>[0], field: string, wanted: string): never => {
    const value = candidate[field];
    const problem = value === undefined && code === 'INVALID_FIELD' ? 'MISSING_FIELD' : code;
    throw new InvalidSpanError(problem, `span ${spanId ?? '?'}: ${field} must be ${wanted}, got ${describeValue(value)}`, spanId);
  };

  if (!isSpanId(span.spanId)) fail('INVALID_SPAN_ID', 'spanId', '16 lower-case hex digits, not all zero');
  if (!isTraceId(span.traceId)) fail('INVALID_TRACE_ID', 'traceId', '32 lower-case hex digits, not all zero');
  if (span.parentId !== undefined && !isSpanId(span.parentId)) fail('INVALID_SPAN_ID', 'parentId', '16 lower-case hex digits');
  if (typeof span.name !== 'string') fail('INVALID_FIELD', 'name', 'text');
  if (typeof span.type !== 'string' || span.type === '') fail('INVALID_FIELD', 'type', 'text that is not empty');
  if (!KINDS.has(span.kind as string)) fail('INVALID_FIELD', 'kind', `one of ${[...KINDS].join(', ')}`);
  if (!STATUSES.has(span.status as string)) fail('INVALID_FIELD', 'status', `one of ${[...STATUSES].join(', ')}`);
  if (!SOURCES.has(span.source as string)) fail('INVALID_FIELD', 'source', `one of ${[...SOURCES].join(', ')}`);
  if (!isMicros(span.startTime)) fail('INVALID_TIME', 'startTime', `whole microseconds from 0 to ${TIME_MICROS_MAX}`);
  if (span.endTime !== undefined && !isMicros(span.endTime))
    fail('INVALID_TIME', 'endTime', `whole microseconds from 0 to ${TIME_MICROS_MAX}`);
  if ((span.endTime === undefined) !== (span.status === 'RUNNING')) {
    fail('STATUS_AND_END_DISAGREE', 'status', 'RUNNING exactly while there is no endTime');
  }
  if (span.statusMessage !== undefined && typeof span.statusMessage !== 'string') fail('INVALID_FIELD', 'statusMessage', 'text');
  if (!isCount(span.revision)) fail('INVALID_FIELD', 'revision', 'a whole number from 0');
  if (!isCount(span.attempt)) fail('INVALID_FIELD', 'attempt', 'a whole number from 0');
  if (!isAttributes(span.attributes)) fail('INVALID_FIELD', 'attributes', ATTRIBUTES_WANTED);
  if (!isAttributes(span.resource)) fail('INVALID_FIELD', 'resource', ATTRIBUTES_WANTED);
  if (!isScope(span.scope)) fail('INVALID_FIELD', 'scope', 'an object with a name, and a version that is text');
  if (!isJson(span.input)) fail('INVALID_FIELD', 'input', JSON_WANTED);
  if (!isJson(span.output)) fail('INVALID_FIELD', 'output', JSON_WANTED);
  if (!Array.isArray(span.events)) fail('INVALID_FIELD', 'events', 'a list');
  if (!Array.isArray(span.links)) fail('INVALID_FIELD', 'links', 'a list');
  for (const moment of span.events as unknown[]) {
    if (!isObject(moment) || typeof moment['name'] !== 'string' || !isMicros(moment['time']) || !areAttributes(moment)) {
      fail('INVALID_FIELD', 'events', 'moments with a name, a time and valid attributes');
    }
  }
  for (const link of span.links as unknown[]) {
    if (!isObject(link) || !isSpanId(link['spanId']) || !isTraceId(link['traceId']) || !areAttributes(link)) {
      fail('INVALID_FIELD', 'links', 'links with a traceId, a spanId and valid attributes');
    }
  }
  return candidate as unknown as Span;
}

/** Whether `value` is an object whose values are what OpenTelemetry takes: text, finite numbers, booleans, lists of one of them. */
export function isAttributes(value: unknown): value is Attributes {
  return isObject(value) && Object.values(value).every(isAttributeValue);
}

function areAttributes(holder: Record<string, unknown>): boolean {
  return holder['attributes'] === undefined || isAttributes(holder['attributes']);
}

/** Whether an attribute can hold `value`. */
export function isAttributeValue(value: unknown): boolean {
  if (!Array.isArray(value)) return isAttributeScalar(value);
  const type = typeof value[0];
  return value.every((member) => typeof member === type && isAttributeScalar(member));
}

function isAttributeScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

function isScope(value: unknown): boolean {
  if (!isObject(value) || typeof value['name'] !== 'string') return false;
  return value['version'] === undefined || typeof value['version'] === 'string';
}

// Level by level and not by recursion: a batch of 100 KB can nest 50,000 deep, and text of that is what the merge law needs.
function isJson(value: unknown): boolean {
  let level: unknown[] = value === undefined ? [] : [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > JSON_DEPTH_MAX) return false;
    const below: unknown[] = [];
    for (const node of level) {
      if (Array.isArray(node)) for (const member of node) below.push(member);
      else if (isObject(node)) for (const member of Object.values(node)) below.push(member);
      else if (node !== null && !isAttributeScalar(node)) return false;
    }
    level = below;
  }
  return true;
}

/** Whether `value` is an object that is no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMicros(value: unknown): value is number {
  return isCount(value) && value <= TIME_MICROS_MAX;
}

/** Whether `value` is a whole number from 0 that a double holds exactly. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** `value` for an error message: short, text in quotes, and with nothing of an object's content. Never throws. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || value === undefined) return String(value);
  try {
    if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
    if (typeof value === 'function')
      return `${/^class\b/.test(Function.prototype.toString.call(value)) ? 'the class' : 'the function'} ${nameOf(value)}`;
    if (typeof value === 'object') {
      const maker = (Object.getPrototypeOf(value) as { constructor?: unknown } | null)?.constructor;
      return typeof maker !== 'function' || maker === Object ? 'an object' : `an object of class ${nameOf(maker)}`;
    }
  } catch {
    // A proxy that refuses.
    return 'an object';
  }
  return `a ${typeof value}`;
}

function nameOf(maker: { readonly name: unknown }): string {
  return typeof maker.name === 'string' && maker.name !== '' ? maker.name.slice(0, 80) : 'without a name';
}
