import { cleanAttributes, cleanJson, cleanText } from '../span/clean-value.js';
import { spanUuid, traceUuid } from '../span/ids.js';
import { DIRECT_VALUE_BYTES_MAX, NAME_LENGTH_MAX, STATUS_MESSAGE_LENGTH_MAX } from '../span/limits.js';
import type { JsonValue, Span, SpanStatus } from '../span/span.js';
import { clampEnd } from '../wire/clamp-end.js';
import { sgpErrorFields } from './sgp-error-fields.js';
import { sgpExactFields } from './sgp-exact-fields.js';
import { sgpTimestamp } from './sgp-timestamp.js';
import { sgpSpanType } from './sgp-span-type.js';

type JsonObject = Readonly<Record<string, JsonValue>>;

/** What SGP shows about the agent that made a span, as metadata of every span. */
export interface SgpAgent {
  /** Metadata `__source__`. */
  readonly source?: string;
  /** Metadata `__acp_type__`. */
  readonly acpType?: string;
  /** Metadata `__agent_name__`. */
  readonly agentName?: string;
  /** Metadata `__agent_id__`. */
  readonly agentId?: string;
  /** Metadata `__agent_version__`. */
  readonly agentVersion?: string;
}

/** A span on its way to SGP: its ids, and the JSON text of the item, made once however often it is sent. */
export interface SgpItem {
  readonly spanId: string;
  /** The span's id in SGP. */
  readonly uuid: string;
  /** The trace's id in SGP. */
  readonly traceUuid: string;
  /** The item as JSON, keys in the order of SGP's own client. */
  readonly text: string;
}

/** The status as SGP has it. */
export const SGP_STATUS: Readonly<Record<SpanStatus, 'SUCCESS' | 'ERROR' | 'CANCELED'>> = {
  RUNNING: 'SUCCESS',
  OK: 'SUCCESS',
  CONTINUED: 'SUCCESS',
  ERROR: 'ERROR',
  TIMED_OUT: 'ERROR',
  // How it ended nobody knows. Of the three that SGP has, this one makes somebody look.
  UNKNOWN: 'ERROR',
  CANCELED: 'CANCELED',
  TERMINATED: 'CANCELED',
};

/**
 * `span` as an item of SGP's batch endpoints.
 *
 * Everything that makes SGP refuse a whole request is taken out here: NaN, lone surrogates, NUL, an end before the start. The
 * exact status stands in metadata `everspan.status`, except for RUNNING and OK, which SGP's own fields tell apart; our type and kind in `everspan.type`
 * and `everspan.kind`.
 */
export function sgpItem(span: Span, agent: SgpAgent): SgpItem {
  const clamped = clampEnd(span);
  const uuid = spanUuid(span.traceId, span.spanId);
  const trace = traceUuid(span.traceId);
  const item: Record<string, JsonValue> = {
    name: cleanText(clamped.name, NAME_LENGTH_MAX),
    id: uuid,
    trace_id: trace,
    start_timestamp: sgpTimestamp(clamped.startTime),
    input: asObject(clamped.input),
    output: asObject(clamped.output),
    metadata: metadata(clamped, agent),
    status: SGP_STATUS[clamped.status],
    type: sgpSpanType(clamped.attributes['__span_type__']),
  };
  if (clamped.endTime !== undefined) item['end_timestamp'] = sgpTimestamp(clamped.endTime);
  if (clamped.parentId !== undefined) item['parent_id'] = spanUuid(clamped.traceId, clamped.parentId);
  return { spanId: span.spanId, uuid, traceUuid: trace, text: jsonWithoutNul(item) };
}

function metadata(span: Span, agent: SgpAgent): JsonObject {
  const entries: [string, JsonValue][] = Object.entries(cleanAttributes(span.attributes).value);
  const add = (key: string, value: string | undefined): void => {
    if (value !== undefined) entries.push([key, value.toWellFormed()]);
  };
  add('__source__', agent.source);
  add('__acp_type__', agent.acpType);
  add('__agent_name__', agent.agentName);
  add('__agent_id__', agent.agentId);
  add('__agent_version__', agent.agentVersion);
  const message = span.statusMessage === undefined ? undefined : cleanText(span.statusMessage, STATUS_MESSAGE_LENGTH_MAX);
  if (SGP_STATUS[span.status] === 'ERROR') entries.push(...sgpErrorFields(span, message));
  else add('everspan.status_message', message);
  entries.push(...sgpExactFields(span));
  // fromEntries defines own properties, so that an attribute `__proto__` is kept as one.
  return Object.fromEntries(entries);
}

function asObject(value: JsonValue | undefined): JsonObject {
  const cleaned = cleanJson(value, DIRECT_VALUE_BYTES_MAX).value;
  if (cleaned === undefined) return {};
  if (typeof cleaned === 'object' && cleaned !== null && !Array.isArray(cleaned)) return cleaned as JsonObject;
  return { value: cleaned };
}

// SGP keeps its JSON in PostgreSQL, which takes no NUL. Few texts have one, so the walk is only made where the escape shows.
function jsonWithoutNul(item: JsonObject): string {
  const text = JSON.stringify(item);
  return text.includes('\\u0000') ? JSON.stringify(withoutNul(item)) : text;
}

function withoutNul(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.replaceAll('\0', '');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNul);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.replaceAll('\0', ''), withoutNul(member)]));
}
