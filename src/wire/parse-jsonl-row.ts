import { InvalidSpanError } from '../span/errors.js';
import type { Span } from '../span/span.js';
import { validateSpan } from '../span/validate-span.js';
import { microsFromIso } from './iso-time.js';
import { ESCAPED_ATTRIBUTE, ROW_ATTRIBUTES } from './jsonl-row.js';

type Loose = Readonly<Record<string, unknown>>;

/**
 * The span that `toJsonlRow` made `line` from.
 *
 * @param line - One line of a file of `JsonlProcessor`.
 * @throws InvalidSpanError when it is no JSON object, or says no valid span (a torn line, a row of another program).
 */
export function parseJsonlRow(line: string): Span {
  return spanFromJsonlRow(parseObject(line));
}

/** As `parseJsonlRow`, of a row that has been parsed. @throws InvalidSpanError when it says no valid span. */
export function spanFromJsonlRow(row: Loose): Span {
  const context = asLoose(row['context']);
  const status = asLoose(row['status']);
  const own = asLoose(row['attributes']);
  return validateSpan({
    spanId: withoutPrefix(context['span_id'], '0x'),
    traceId: withoutPrefix(context['trace_id'], '0x'),
    ...optional('parentId', withoutPrefix(row['parent_id'], '0x')),
    name: row['name'],
    kind: withoutPrefix(row['kind'], 'SpanKind.'),
    type: own[ROW_ATTRIBUTES.type],
    startTime: time(row['start_time']),
    ...optional('endTime', row['end_time'] === null ? undefined : time(row['end_time'])),
    status: own[ROW_ATTRIBUTES.status],
    ...optional('statusMessage', status['description']),
    attributes: spanAttributes(own),
    events: asList(row['events']).map((event) => ({
      name: event['name'],
      time: time(event['timestamp']),
      ...optional('attributes', event['attributes'] ?? undefined),
    })),
    links: asList(row['links']).map((link) => ({
      traceId: withoutPrefix(asLoose(link['context'])['trace_id'], '0x'),
      spanId: withoutPrefix(asLoose(link['context'])['span_id'], '0x'),
      ...optional('attributes', link['attributes'] ?? undefined),
    })),
    ...optional('input', parsedValue(own[ROW_ATTRIBUTES.input])),
    ...optional('output', parsedValue(own[ROW_ATTRIBUTES.output])),
    resource: asLoose(row['resource'])['attributes'],
    scope: { name: own[ROW_ATTRIBUTES.scopeName], ...optional('version', own[ROW_ATTRIBUTES.scopeVersion]) },
    source: own[ROW_ATTRIBUTES.source],
    revision: own[ROW_ATTRIBUTES.revision],
    attempt: own[ROW_ATTRIBUTES.attempt],
  });
}

const RESERVED: ReadonlySet<string> = new Set(Object.values(ROW_ATTRIBUTES));

function spanAttributes(own: Loose): Loose {
  const entries = Object.entries(own).filter(([name]) => !RESERVED.has(name));
  return Object.fromEntries(
    entries.map(([name, value]) => [name.startsWith(ESCAPED_ATTRIBUTE) ? name.slice(ESCAPED_ATTRIBUTE.length) : name, value]),
  );
}

function parseObject(line: string): Loose {
  const row = parsedValue(line);
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as Loose;
  throw new InvalidSpanError('NOT_AN_OBJECT', `a row must be one JSON object, got ${line.length} characters that are none`);
}

function parsedValue(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A torn line, or an attribute that is not ours: absent, and validation says what is missing.
    return undefined;
  }
}

function withoutPrefix(value: unknown, prefix: string): unknown {
  if (value === null) return undefined;
  return typeof value === 'string' && value.startsWith(prefix) ? value.slice(prefix.length) : value;
}

function time(value: unknown): unknown {
  return typeof value === 'string' ? (microsFromIso(value) ?? value) : value;
}

function optional(field: string, value: unknown): Loose {
  return value === undefined ? {} : { [field]: value };
}

function asLoose(value: unknown): Loose {
  return typeof value === 'object' && value !== null ? (value as Loose) : {};
}

function asList(value: unknown): Loose[] {
  return Array.isArray(value) ? value.map(asLoose) : [];
}
