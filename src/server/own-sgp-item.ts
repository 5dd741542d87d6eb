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
 * The span that everspan's own SGP processor made `row` of; `undefined` where `row` is not what it would write.
 *
 * What the processor put into the metadata goes back to where it came from: the type and the kind, the exact status, its message, times that were
 * clamped.
 *
 * @param base - Of the row's plain fields.
 * @param metadata - All of the row's; each entry is an attribute.
 */
export function toOwnSpan(base: Span, metadata: Attributes, row: SgpRow): Span | undefined {
  if (!isOwnValue(row.input) || !isOwnValue(row.output)) return undefined;
  const status = ownStatus(base, metadata, row);
  if (status === undefined || (row.type ?? 'STANDALONE') !== sgpSpanType(metadata['__span_type__'])) return undefined;
  const { [TYPE]: type = base.type, [KIND]: kind = base.kind } = metadata;
  if (typeof type !== 'string' || (type === base.type && metadata[TYPE] !== undefined)) return undefined;
  if (!isKind(kind) || metadata[KIND] === base.kind) return undefined;
  const attributes = new Map<string, AttributeValue>(Object.entries(metadata));
  for (const name of [STATUS, TYPE, KIND]) attributes.delete(name);
  const message = SGP_STATUS[status] === 'ERROR' ? metadata['error_message'] : metadata[STATUS_MESSAGE];
  if (message !== undefined && typeof message !== 'string') return undefined;
  const span = {
    ...base,
    type,
    kind,
    status,
    scope: EVERSPAN_SCOPE,
    ...(message === undefined ? {} : { statusMessage: message }),
  };
  if (SGP_STATUS[status] === 'ERROR') {
    if (!hasErrorFields(span, metadata, message)) return undefined;
    for (const field of ERROR_FIELDS) attributes.delete(field);
  } else {
    attributes.delete(STATUS_MESSAGE);
  }
  return withAttributes(span, attributes);
}

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

// The processor moves an end up to its start, and says so first of all attributes.
function withAttributes(span: Span, attributes: Map<string, AttributeValue>): Span {
  const start = timeOf(attributes.get(UNCLAMPED_START));
  const end = timeOf(attributes.get(UNCLAMPED_END));
  const isClamped = span.startTime === span.endTime && start === span.startTime && end !== undefined && end < start;
  if (isClamped) {
    attributes.delete(UNCLAMPED_START);
    attributes.delete(UNCLAMPED_END);
  }
  return { ...span, ...(isClamped ? { endTime: end } : {}), attributes: Object.fromEntries(attributes) };
}

function timeOf(value: AttributeValue | undefined): number | undefined {
  return typeof value === 'string' ? microsFromIso(value) : undefined;
}
