import { microsFromIso } from '../analysis/iso-micros.js';
import { InvalidSpanError } from '../span/errors.js';
import type { Attributes, AttributeValue, JsonValue, Span, SpanStatus } from '../span/span.js';
import { isAttributes, isObject, validateSpan } from '../span/validate-span.js';
import { isGiven } from './is-given.js';
import { CollectorError } from './errors.js';
import { jsonProblem } from './json-problem.js';
import { toOwnSpan } from './own-sgp-item.js';
import { isOwnSgpId, spanIdOfSgp, sgpTraceId, traceIdOfSgp } from './sgp-ids.js';
import type { SgpRow } from './sgp-item-schema.js';
import { SGP_REST, type SgpRest } from './sgp-rest.js';

/** A row of the schema's shape; the caller makes an id where the client left it to the server. */
export type SgpRowWithId = SgpRow & { readonly id: string };

/**
 * The span that `row` says; `spanToSgp` makes the equal row of it.
 *
 * An item that everspan wrote itself becomes the span that it was made from, in all that an item carries. Any other keeps its own ids,
 * times, metadata and unknown fields beside it, under `everspan.sgp`.
 *
 * @throws CollectorError with SGP's own status for what is wrong.
 */
export function sgpToSpan(row: SgpRowWithId): Span {
  checkIds(row);
  const traceId = traceIdOfSgp(row.trace_id);
  const parentId = row.parent_id ?? undefined;
  const startTime = time('start_timestamp', row.start_timestamp);
  const endTime = isGiven(row.end_timestamp) ? time('end_timestamp', row.end_timestamp) : undefined;
  if (endTime !== undefined && endTime < startTime) {
    throw invalid(`end_timestamp ${row.end_timestamp ?? ''} lies before start_timestamp ${row.start_timestamp}`);
  }
  const base: Span = {
    spanId: spanIdOfSgp(traceId, row.id),
    traceId,
    ...(parentId === undefined ? {} : { parentId: spanIdOfSgp(traceId, parentId) }),
    name: row.name,
    kind: 'INTERNAL',
    type: row.type ?? 'STANDALONE',
    startTime,
    ...(endTime === undefined ? {} : { endTime }),
    status: statusOf(row, endTime),
    attributes: {},
    events: [],
    links: [],
    ...captured('input', row.input),
    ...captured('output', row.output),
    resource: {},
    scope: { name: 'sgp' },
    source: 'observed',
    revision: 0,
    attempt: 1,
  };
  const { attributes, nested } = splitMetadata(row.metadata ?? {});
  const rest = restOf(row, base, nested);
  const own = rest === undefined ? toOwnSpan(base, attributes, row) : undefined;
  return checked(own ?? foreignSpan(base, attributes, rest ?? {}));
}

function foreignSpan(base: Span, attributes: Attributes, rest: SgpRest): Span {
  const message = attributes['error_message'];
  const agent = attributes['__agent_name__'];
  return {
    ...base,
    ...(base.status === 'ERROR' && typeof message === 'string' ? { statusMessage: message } : {}),
    attributes: { ...attributes, [SGP_REST]: JSON.stringify(rest) },
    resource: typeof agent === 'string' ? { 'service.name': agent } : {},
  };
}

/** Fields of `row` that the span would not give back; `undefined` where there are none. */
function restOf(row: SgpRowWithId, base: Span, nested: Readonly<Record<string, unknown>>): SgpRest | undefined {
  const rest: [string, unknown][] = Object.entries(row).filter(([field]) => !READ_FIELDS.has(field));
  if (!isOwnSgpId(base.traceId, row.id)) rest.push(['id', row.id]);
  if (sgpTraceId(base.traceId) !== row.trace_id) rest.push(['trace_id', row.trace_id]);
  if (isGiven(row.parent_id) && !isOwnSgpId(base.traceId, row.parent_id)) rest.push(['parent_id', row.parent_id]);
  if (!isSgpTimestamp(row.start_timestamp)) rest.push(['start_timestamp', row.start_timestamp]);
  if (isGiven(row.end_timestamp) && !isSgpTimestamp(row.end_timestamp)) rest.push(['end_timestamp', row.end_timestamp]);
  if (base.endTime === undefined && isGiven(row.status) && row.status !== 'SUCCESS') rest.push(['status', row.status]);
  if (Object.keys(nested).length > 0) rest.push(['metadata', nested]);
  if (rest.length === 0) return undefined;
  const found = Object.fromEntries(rest);
  const problem = jsonProblem(found);
  if (problem !== undefined) throw invalid(`metadata, or a field that is not known, ${problem}`);
  return found;
}

/** Fields whose content stands in the span itself, and those that the server adds to its answers. */
const READ_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'id',
  'trace_id',
  'parent_id',
  'start_timestamp',
  'end_timestamp',
  'input',
  'output',
  'metadata',
  'status',
  'type',
  'account_id',
  'object',
]);

function splitMetadata(metadata: Readonly<Record<string, unknown>>): { attributes: Attributes; nested: Record<string, unknown> } {
  const plain: [string, AttributeValue][] = [];
  const nested: [string, unknown][] = [];
  for (const [key, value] of Object.entries(metadata)) {
    if (key !== SGP_REST && isAttributes({ value })) plain.push([key, value as AttributeValue]);
    else nested.push([key, value]);
  }
  // fromEntries defines own properties, so that a key `__proto__` is kept as one.
  return { attributes: Object.fromEntries(plain), nested: Object.fromEntries(nested) };
}

function statusOf(row: SgpRow, endTime: number | undefined): SpanStatus {
  if (endTime === undefined) return 'RUNNING';
  return !isGiven(row.status) || row.status === 'SUCCESS' ? 'OK' : row.status;
}

/** An input or output: none where it is absent or an empty object, which SGP writes for none. */
function captured(field: 'input' | 'output', value: unknown): { input?: JsonValue; output?: JsonValue } {
  if (value === undefined || (isObject(value) && Object.keys(value).length === 0)) return {};
  return { [field]: value as JsonValue };
}

function checkIds(row: SgpRowWithId): void {
  for (const field of ['id', 'trace_id', 'parent_id', 'group_id'] as const) {
    const text = row[field];
    if (!isGiven(text)) continue;
    if (text.includes('\0') || !text.isWellFormed()) {
      throw new CollectorError(400, 'INVALID_ID', `${field} has a NUL or is not well-formed text`);
    }
    // Characters are in the schema.
    if (Buffer.byteLength(text) > 256) throw new CollectorError(400, 'INVALID_ID', `${field} has more than 256 bytes`);
  }
  if (row.parent_id === row.id) throw new CollectorError(409, 'PARENT_CONFLICT', `span ${row.id} names itself as its parent`);
}

function time(field: string, text: string): number {
  const micros = microsFromIso(text);
  if (micros === undefined || micros < 0)
    throw invalid(`${field} must be a time since 1970 in ISO 8601, got ${JSON.stringify(text.slice(0, 60))}`);
  return micros;
}

/** Whether `text`, a time, is written as `sgpTimestamp` would write it. */
function isSgpTimestamp(text: string): boolean {
  return SGP_TIMESTAMP.test(text);
}

const SGP_TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(?!000000)\d{6})?\+00:00$/;

function checked(span: Span): Span {
  try {
    return validateSpan(span);
  } catch (error) {
    if (error instanceof InvalidSpanError) throw invalid(error.message);
    throw error;
  }
}

function invalid(message: string): CollectorError {
  return new CollectorError(422, 'INVALID_ROW', message);
}
