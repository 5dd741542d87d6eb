import { microsFromIso } from '../analysis/iso-micros.js';
import { InvalidSpanError } from '../span/errors.js';
import type { Attributes, AttributeValue, JsonValue, Span, SpanStatus } from '../span/span.js';
import { isAttributeValue, isObject, validateSpan } from '../span/validate-span.js';
import { isGiven } from './is-given.js';
import { CollectorError } from './errors.js';
import { jsonProblem } from './json-problem.js';
import { fieldsOfOwnItem } from './own-sgp-item.js';
import { ownSpanId, spanIdOfSgp, sgpTraceId, traceIdOfSgp } from './sgp-ids.js';
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
  const startTime = time('start_timestamp', row.start_timestamp);
  const endTime = isGiven(row.end_timestamp) ? time('end_timestamp', row.end_timestamp) : undefined;
  if (endTime !== undefined && endTime < startTime) {
    throw invalid(`end_timestamp ${row.end_timestamp ?? ''} lies before start_timestamp ${row.start_timestamp}`);
  }
  const ownId = ownSpanId(traceId, row.id);
  const span: SpanDraft = {
    spanId: ownId ?? spanIdOfSgp(traceId, row.id),
    traceId,
    name: row.name,
    kind: 'INTERNAL',
    type: row.type ?? 'STANDALONE',
    startTime,
    status: statusOf(row, endTime),
    attributes: {},
    events: [],
    links: [],
    resource: {},
    scope: { name: 'sgp' },
    source: 'observed',
    revision: 0,
    attempt: 1,
  };
  if (endTime !== undefined) span.endTime = endTime;
  if (isCaptured(row.input)) span.input = row.input as JsonValue;
  if (isCaptured(row.output)) span.output = row.output as JsonValue;
  let hasForeignId = ownId === undefined;
  if (isGiven(row.parent_id)) {
    const ownParentId = ownSpanId(traceId, row.parent_id);
    span.parentId = ownParentId ?? spanIdOfSgp(traceId, row.parent_id);
    hasForeignId ||= ownParentId === undefined;
  }
  const { attributes, nested } = splitMetadata(row.metadata ?? {});
  const rest = restOf(row, span, hasForeignId, nested);
  const ownFields = rest === undefined ? fieldsOfOwnItem(span, attributes, row) : undefined;
  return checked(Object.assign(span, ownFields ?? foreignFields(span, attributes, rest ?? {})));
}

/** A span in the making. */
type SpanDraft = { -readonly [Field in keyof Span]: Span[Field] };

function foreignFields({ status }: Span, attributes: Attributes, rest: SgpRest): Partial<Span> {
  const message = attributes['error_message'];
  const agent = attributes['__agent_name__'];
  return {
    ...(status === 'ERROR' && typeof message === 'string' ? { statusMessage: message } : {}),
    attributes: { ...attributes, [SGP_REST]: JSON.stringify(rest) },
    resource: typeof agent === 'string' ? { 'service.name': agent } : {},
  };
}

/** Fields of `row` that the span would not give back; `undefined` where there are none. */
function restOf(
  row: SgpRowWithId,
  { traceId, endTime }: Span,
  hasForeignId: boolean,
  nested: Readonly<Record<string, unknown>> | undefined,
): SgpRest | undefined {
  const rest: [string, unknown][] = [];
  for (const field of Object.keys(row)) if (!READ_FIELDS.has(field)) rest.push([field, row[field]]);
  if (hasForeignId && ownSpanId(traceId, row.id) === undefined) rest.push(['id', row.id]);
  if (sgpTraceId(traceId) !== row.trace_id) rest.push(['trace_id', row.trace_id]);
  if (hasForeignId && isGiven(row.parent_id) && ownSpanId(traceId, row.parent_id) === undefined) {
    rest.push(['parent_id', row.parent_id]);
  }
  if (!isSgpTimestamp(row.start_timestamp)) rest.push(['start_timestamp', row.start_timestamp]);
  if (isGiven(row.end_timestamp) && !isSgpTimestamp(row.end_timestamp)) rest.push(['end_timestamp', row.end_timestamp]);
  if (endTime === undefined && isGiven(row.status) && row.status !== 'SUCCESS') rest.push(['status', row.status]);
  if (nested !== undefined) rest.push(['metadata', nested]);
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

/** Entries that an attribute can hold, and the others; as it comes, where all are of the first kind. */
function splitMetadata(metadata: Readonly<Record<string, unknown>>): {
  attributes: Attributes;
  nested: Record<string, unknown> | undefined;
} {
  const isPlain = (key: string): boolean => key !== SGP_REST && isAttributeValue(metadata[key]);
  const keys = Object.keys(metadata);
  if (keys.every(isPlain)) return { attributes: metadata as Attributes, nested: undefined };
  // fromEntries defines own properties, so that a key `__proto__` is kept as one.
  return {
    attributes: Object.fromEntries(keys.filter(isPlain).map((key) => [key, metadata[key] as AttributeValue])),
    nested: Object.fromEntries(keys.filter((key) => !isPlain(key)).map((key) => [key, metadata[key]])),
  };
}

function statusOf(row: SgpRow, endTime: number | undefined): SpanStatus {
  if (endTime === undefined) return 'RUNNING';
  return !isGiven(row.status) || row.status === 'SUCCESS' ? 'OK' : row.status;
}

/** Whether an input or output is there: none is where it is absent or an empty object, which SGP writes for none. */
function isCaptured(value: unknown): boolean {
  return value !== undefined && !(isObject(value) && Object.keys(value).length === 0);
}

const ID_BYTES_MAX = 256;
/** The most that one UTF-16 unit takes in UTF-8. */
const BYTES_PER_UNIT = 3;

function checkIds(row: SgpRowWithId): void {
  for (const field of ['id', 'trace_id', 'parent_id', 'group_id'] as const) {
    const text = row[field];
    if (!isGiven(text)) continue;
    if (text.includes('\0') || !text.isWellFormed()) {
      throw new CollectorError(400, 'INVALID_ID', `${field} has a NUL or is not well-formed text`);
    }
    // Characters are in the schema, and a short text has few bytes of whatever kind.
    if (text.length > ID_BYTES_MAX / BYTES_PER_UNIT && Buffer.byteLength(text) > ID_BYTES_MAX)
      throw new CollectorError(400, 'INVALID_ID', `${field} has more than ${ID_BYTES_MAX} bytes`);
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
