import { hash } from 'node:crypto';
import { canonicalJson } from '../span/canonical-json.js';
import { mergeKey } from '../span/merge-span.js';
import type { Span, SpanStatus } from '../span/span.js';

/** A span as stores keep it: the whole event as text, and beside it what is compared, filtered and counted. */
export interface SpanRow {
  readonly traceId: string;
  readonly spanId: string;
  /** See `mergeKey`: of two rows of one span the one with the greater key stays. */
  readonly mergeKey: string;
  readonly parentId: string | undefined;
  readonly name: string;
  readonly type: string;
  readonly status: SpanStatus;
  /** Microseconds since the epoch. */
  readonly startTime: number;
  /** Never before the start: this is how a span is read. The event in `body` keeps what it was handed. */
  readonly endTime: number | undefined;
  readonly workflowId: string | undefined;
  readonly serviceName: string | undefined;
  /** Canonical JSON of the event. */
  readonly body: string;
}

/** `span` as a row. @param span - Valid. */
export function toSpanRow(span: Span): SpanRow {
  const body = canonicalJson(span);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    mergeKey: mergeKey(span, contentDigest(body)),
    parentId: span.parentId,
    name: span.name,
    type: span.type,
    status: span.status,
    startTime: span.startTime,
    endTime: span.endTime === undefined ? undefined : Math.max(span.endTime, span.startTime),
    workflowId: workflowIdOf(span),
    serviceName: textOrNone(span.resource['service.name']),
    body,
  };
}

/** The span that `body` holds. */
export function spanOfBody(body: string): Span {
  return JSON.parse(body) as Span;
}

/** The workflow that `span` is of: its attribute `temporal.workflow.id`, or `workflow_id` of foreign rows. */
export function workflowIdOf(span: Span): string | undefined {
  return textOrNone(span.attributes['temporal.workflow.id']) ?? textOrNone(span.attributes['workflow_id']);
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The bits that `mergeKey` finds itself in pure code; Node's own SHA-256 is many times faster. */
function contentDigest(canonical: string): string {
  return hash('sha256', canonical, 'hex').slice(0, 32);
}

/**
 * One row for each span of a batch, the greatest of its events, and for each event of the batch the index of its row;
 * `undefined` for an event that another of the batch stands for.
 */
export function toDistinctRows(spans: readonly Span[]): {
  readonly rows: readonly SpanRow[];
  readonly rowOf: readonly (number | undefined)[];
} {
  const rows: SpanRow[] = [];
  const rowOf: (number | undefined)[] = [];
  const places = new Map<string, { readonly rowIndex: number; eventIndex: number }>();
  for (const [eventIndex, span] of spans.entries()) {
    const row = toSpanRow(span);
    const id = row.traceId + row.spanId;
    const place = places.get(id);
    if (place === undefined) {
      places.set(id, { rowIndex: rows.length, eventIndex });
      rowOf.push(rows.length);
      rows.push(row);
    } else if (row.mergeKey > (rows[place.rowIndex] as SpanRow).mergeKey) {
      rows[place.rowIndex] = row;
      rowOf[place.eventIndex] = undefined;
      rowOf.push(place.rowIndex);
      place.eventIndex = eventIndex;
    } else {
      rowOf.push(undefined);
    }
  }
  return { rows, rowOf };
}
