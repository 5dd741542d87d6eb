import { microsFromIso } from '../analysis/iso-micros.js';
import type { Attributes, AttributeValue, Span, SpanKind } from '../span/span.js';
import { isAttributes, isObject, validateSpan } from '../span/validate-span.js';

type Loose = Readonly<Record<string, unknown>>;

/**
 * The span that a row of another program says: OpenTelemetry's `ReadableSpan.to_json`, with or without the parts that are optional there.
 *
 * Its type is `flowmesh.type` where it has one, else `custom`. Attributes that no span can hold (objects, nulls) are kept as JSON text.
 *
 * @throws InvalidSpanError when it says no valid span.
 */
export function spanFromForeignRow(row: Loose): Span {
  const context = asLoose(row['context']);
  const status = asLoose(row['status']);
  const own = asLoose(row['attributes']);
  const endTime = row['end_time'] === null ? undefined : microsOf(row['end_time']);
  const parentId = hexOf(row['parent_id']);
  const isError = status['status_code'] === 'ERROR';
  return validateSpan({
    spanId: hexOf(context['span_id']),
    traceId: hexOf(context['trace_id']),
    ...(parentId === undefined ? {} : { parentId }),
    name: row['name'],
    kind: kindOf(row['kind']),
    type: typeof own['flowmesh.type'] === 'string' && own['flowmesh.type'] !== '' ? own['flowmesh.type'] : 'custom',
    startTime: microsOf(row['start_time']),
    ...(endTime === undefined ? {} : { endTime }),
    status: endTime === undefined ? 'RUNNING' : isError ? 'ERROR' : 'OK',
    ...(typeof status['description'] === 'string' ? { statusMessage: status['description'] } : {}),
    attributes: attributesOf(own),
    events: listOf(row['events']).map((event) => ({
      name: event['name'],
      time: microsOf(event['timestamp']),
      attributes: attributesOf(asLoose(event['attributes'])),
    })),
    links: listOf(row['links']).map((link) => ({
      traceId: hexOf(asLoose(link['context'])['trace_id']),
      spanId: hexOf(asLoose(link['context'])['span_id']),
      attributes: attributesOf(asLoose(link['attributes'])),
    })),
    resource: attributesOf(asLoose(asLoose(row['resource'])['attributes'])),
    scope: { name: '' },
    source: 'observed',
    revision: 0,
    attempt: 1,
  });
}

const KINDS: ReadonlySet<string> = new Set<SpanKind>(['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']);

function kindOf(value: unknown): SpanKind {
  const name = typeof value === 'string' ? value.replace(/^SpanKind\./, '') : '';
  return KINDS.has(name) ? (name as SpanKind) : 'INTERNAL';
}

function hexOf(value: unknown): unknown {
  if (value === null) return undefined;
  return typeof value === 'string' ? value.toLowerCase().replace(/^0x/, '') : value;
}

// What is no time comes back as it is, so that the check can show it.
function microsOf(value: unknown): unknown {
  return typeof value === 'string' ? (microsFromIso(value) ?? value) : value;
}

function attributesOf(own: Loose): Attributes {
  const entries = Object.entries(own).map(([name, value]): [string, AttributeValue] => {
    return [name, isAttributes({ value }) ? (value as AttributeValue) : JSON.stringify(value)];
  });
  return Object.fromEntries(entries);
}

function asLoose(value: unknown): Loose {
  return isObject(value) ? value : {};
}

function listOf(value: unknown): Loose[] {
  return Array.isArray(value) ? value.map(asLoose) : [];
}
