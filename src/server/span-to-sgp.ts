import { sgpErrorFields } from '../processors/sgp-error-fields.js';
import { sgpExactFields } from '../processors/sgp-exact-fields.js';
import { SGP_STATUS } from '../processors/sgp-item.js';
import { sgpSpanType } from '../processors/sgp-span-type.js';
import { sgpTimestamp } from '../processors/sgp-timestamp.js';
import type { JsonValue, Span } from '../span/span.js';
import { isObject } from '../span/validate-span.js';
import { clampEnd } from '../wire/clamp-end.js';
import { sgpSpanId, sgpTraceId } from './sgp-ids.js';
import { SGP_REST, type SgpRest, sgpRestOf } from './sgp-rest.js';

/** One span as SGP answers it. */
export interface SgpSpan {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly trace_id: string;
  readonly name: string;
}

/** `span` as a row of SGP: the one that a client wrote, or, for a span that came another way, the one that our processor would write. */
export function spanToSgp(span: Span, accountId: string): SgpSpan {
  const rest = sgpRestOf(span);
  return rest === undefined ? ownRow(clampEnd(span), accountId) : foreignRow(span, rest, accountId);
}

function foreignRow(span: Span, rest: SgpRest, accountId: string): SgpSpan {
  const { metadata: nested, ...fields } = rest;
  const plain = Object.entries(span.attributes).filter(([key]) => key !== SGP_REST);
  const metadata = Object.fromEntries([...plain, ...Object.entries(isObject(nested) ? nested : {})]);
  return {
    ...row(span, { input: asGiven(span.input), output: asGiven(span.output), metadata, type: span.type }),
    ...fields,
    account_id: accountId,
    object: 'span',
  };
}

function ownRow(span: Span, accountId: string): SgpSpan {
  const metadata: [string, JsonValue][] = Object.entries(span.attributes);
  if (SGP_STATUS[span.status] === 'ERROR') metadata.push(...sgpErrorFields(span, span.statusMessage));
  else if (span.statusMessage !== undefined) metadata.push(['everspan.status_message', span.statusMessage]);
  metadata.push(...sgpExactFields(span));
  const type = sgpSpanType(span.attributes['__span_type__']);
  return {
    ...row(span, { input: asObject(span.input), output: asObject(span.output), metadata: Object.fromEntries(metadata), type }),
    account_id: accountId,
    object: 'span',
  };
}

function row(
  span: Span,
  content: { readonly input: unknown; readonly output: unknown; readonly metadata: object; readonly type: string },
): SgpSpan {
  return {
    name: span.name,
    id: sgpSpanId(span.traceId, span.spanId),
    trace_id: sgpTraceId(span.traceId),
    start_timestamp: sgpTimestamp(span.startTime),
    input: content.input,
    output: content.output,
    metadata: content.metadata,
    status: SGP_STATUS[span.status],
    type: content.type,
    ...(span.endTime === undefined ? {} : { end_timestamp: sgpTimestamp(span.endTime) }),
    ...(span.parentId === undefined ? {} : { parent_id: sgpSpanId(span.traceId, span.parentId) }),
  };
}

function asObject(value: JsonValue | undefined): unknown {
  if (value === undefined) return {};
  return isObject(value) ? value : { value };
}

function asGiven(value: JsonValue | undefined): unknown {
  return value === undefined ? {} : value;
}
