import { microsFromIso } from '../analysis/iso-micros.js';
import { sgpErrorFields } from '../processors/sgp-error-fields.js';
import { SGP_STATUS } from '../processors/sgp-item.js';
import { sgpSpanType } from '../processors/sgp-span-type.js';
import type { Attributes, AttributeValue, Span, SpanKind, SpanStatus } from '../span/span.js';
import { isObject } from '../span/validate-span.js';
import { EVERSPAN_SCOPE } from '../wire/scope.js';
import type { SgpRow } from './sgp-item-schema.js';

const STATUS = 'everspan.status';
const STATUS_MESSAGE = 'everspan.status_message';
const TYPE = 'everspan.type';
const KIND = 'everspan.kind';
const KINDS: readonly SpanKind[] = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const UNCLAMPED_START = 'everspan.unclamped_start_time';
const UNCLAMPED_END = 'everspan.unclamped_end_time';
const ERROR_FIELDS = ['error', 'error_type', 'error_message', 'error_category'] as const;

/**
 * What everspan's own SGP processor knew of the span that it made `row` of, beyond the row's plain fields; `undefined` where `row` is not
 * what it would write.
 *
 * What the processor put into the metadata goes back to where it came from: the type and the kind, the exact status, its message, times that were
 * clamped.
 *
 * @param base - Of the row's plain fields.
 * @param metadata - All of the row's; each entry is an attribute.
 */
export function fieldsOfOwnItem(base: Span, metadata: Attributes, row: SgpRow): Partial<Span> | undefined {
  if (!isOwnValue(row.input) || !isOwnValue(row.output)) return undefined;
  const status = ownStatus(base, metadata, row);
  if (status === undefined || (row.type ?? 'STANDALONE') !== sgpSpanType(metadata['__span_type__'])) return undefined;
  const { [TYPE]: type = base.type, [KIND]: kind = base.kind } = metadata;
  if (typeof type !== 'string' || (type === base.type && metadata[TYPE] !== undefined)) return undefined;
  if (!isKind(kind) || metadata[KIND] === base.kind) return undefined;
  const isError = SGP_STATUS[status] === 'ERROR';
  const message = isError ? metadata['error_message'] : metadata[STATUS_MESSAGE];
  if (message !== undefined && typeof message !== 'string') return undefined;
  if (isError && !hasErrorFields({ ...base, status }, metadata, message)) return undefined;
  const unclampedEnd = unclampedEndOf(base, metadata);
  return {
    type,
    kind,
    status,
    scope: EVERSPAN_SCOPE,
    attributes: attributesOf(metadata, isError, unclampedEnd !== undefined),
    ...(message === undefined ? {} : { statusMessage: message }),
    ...(unclampedEnd === undefined ? {} : { endTime: unclampedEnd }),
  };
}

/** What the span itself had: `metadata` without what the processor added. */
function attributesOf(metadata: Attributes, isError: boolean, isClamped: boolean): Attributes {
  const added = isError ? ADDED_TO_ERROR : ADDED;
  const attributes: Record<string, AttributeValue> = {};
  for (const name of Object.keys(metadata)) {
    if (added.has(name) || (isClamped && (name === UNCLAMPED_START || name === UNCLAMPED_END))) continue;
    const value = metadata[name] as AttributeValue;
    // Assigned, it would be no property of its own.
    if (name === '__proto__') Object.defineProperty(attributes, name, { ...PLAIN_PROPERTY, value });
    else attributes[name] = value;
  }
  return attributes;
}

const ADDED: ReadonlySet<string> = new Set([STATUS, TYPE, KIND, STATUS_MESSAGE]);
const ADDED_TO_ERROR: ReadonlySet<string> = new Set([STATUS, TYPE, KIND, ...ERROR_FIELDS]);
const PLAIN_PROPERTY = { enumerable: true, configurable: true, writable: true };

function isKind(value: AttributeValue): value is SpanKind {
  return KINDS.some((kind) => kind === value);
}

function isOwnValue(value: unknown): boolean {
  return value === undefined || isObject(value);
}

function ownStatus(base: Span, metadata: Attributes, row: SgpRow): SpanStatus | undefined {
  const exact = metadata[STATUS];
  if (exact === undefined) return base.status;
  const isNamed = typeof exact === 'string' && Object.hasOwn(SGP_STATUS, exact) && exact !== 'RUNNING' && exact !== 'OK';
  if (!isNamed || base.endTime === undefined) return undefined;
  return SGP_STATUS[exact as SpanStatus] === (row.status ?? 'SUCCESS') ? (exact as SpanStatus) : undefined;
}

function hasErrorFields(span: Span, metadata: Attributes, message: string | undefined): boolean {
  const expected = new Map<string, unknown>(sgpErrorFields({ ...span, attributes: metadata }, message));
  return ERROR_FIELDS.every((field) => metadata[field] === expected.get(field));
}

/** The end before its start that the span had: the processor moves it up to the start, and says so. */
function unclampedEndOf({ startTime, endTime }: Span, metadata: Attributes): number | undefined {
  if (startTime !== endTime || timeOf(metadata[UNCLAMPED_START]) !== startTime) return undefined;
  const unclamped = timeOf(metadata[UNCLAMPED_END]);
  return unclamped !== undefined && unclamped < startTime ? unclamped : undefined;
}

function timeOf(value: AttributeValue | undefined): number | undefined {
  return typeof value === 'string' ? microsFromIso(value) : undefined;
}
