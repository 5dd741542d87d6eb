import { InvalidSpanError } from './errors.js';
import { isSpanId, isTraceId } from './ids.js';
import { TIME_MICROS_MAX } from './limits.js';
import type { Span } from './span.js';

const KINDS = new Set(['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']);
const STATUSES = new Set(['RUNNING', 'OK', 'ERROR', 'CANCELED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED', 'UNKNOWN']);
const SOURCES = new Set(['inferred', 'observed', 'recorded']);

/**
 * `candidate` as a span, unchanged.
 *
 * Checks everything that the merge law and the processors rest on. An end before the start is valid: clocks do that,
 * and it is clamped when the span is read.
 *
 * @throws InvalidSpanError with the field and the value in its message.
 */
export function validateSpan(candidate: unknown): Span {
  if (!isObject(candidate)) throw new InvalidSpanError('NOT_AN_OBJECT', `a span must be an object, got ${describe(candidate)}`);
  const span = candidate as Partial<Span>;
  const spanId = typeof span.spanId === 'string' ? span.spanId : undefined;
  const fail = (code: ConstructorParameters<typeof InvalidSpanError>[0], field: string, wanted: string): never => {
    const value = candidate[field];
    const problem = value === undefined && code === 'INVALID_FIELD' ? 'MISSING_FIELD' : code;
    throw new InvalidSpanError(problem, `span ${spanId ?? '?'}: ${field} must be ${wanted}, got ${describe(value)}`, spanId);
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
  if (!isObject(span.attributes)) fail('INVALID_FIELD', 'attributes', 'an object');
  if (!isObject(span.resource)) fail('INVALID_FIELD', 'resource', 'an object');
  if (!isObject(span.scope) || typeof span.scope.name !== 'string') fail('INVALID_FIELD', 'scope', 'an object with a name');
  if (!Array.isArray(span.events)) fail('INVALID_FIELD', 'events', 'a list');
  if (!Array.isArray(span.links)) fail('INVALID_FIELD', 'links', 'a list');
  for (const moment of span.events as unknown[]) {
    if (!isObject(moment) || typeof moment['name'] !== 'string' || !isMicros(moment['time'])) {
      fail('INVALID_FIELD', 'events', 'moments with a name and a time');
    }
  }
  for (const link of span.links as unknown[]) {
    if (!isObject(link) || !isSpanId(link['spanId']) || !isTraceId(link['traceId'])) {
      fail('INVALID_FIELD', 'links', 'links with a traceId and a spanId');
    }
  }
  return candidate as unknown as Span;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMicros(value: unknown): value is number {
  return isCount(value) && value <= TIME_MICROS_MAX;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || value === undefined) return String(value);
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
