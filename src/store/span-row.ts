import { mergeRank } from '../span/merge-span.js';
import type { Span, SpanStatus } from '../span/span.js';
import { comparedText } from './column-text.js';

/** A span as stores keep it: the whole event as text, and beside it what is compared, filtered and counted. */
export interface SpanRow {
  readonly traceId: string;
  readonly spanId: string;
  /** Of two rows of one span the one with the greater rank stays; see `prevails` for rows of one rank. */
  readonly mergeRank: string;
  readonly parentId: string | undefined;
  /** This one, the type, the workflow and the service as `comparedText`. */
  readonly name: string;
  readonly type: string;
  readonly status: SpanStatus;
  /** Microseconds since the epoch. */
  readonly startTime: number;
  /** Never before the start: this is how a span is read. The event in `body` keeps what it was handed. */
  readonly endTime: number | undefined;
  readonly workflowId: string | undefined;
  readonly serviceName: string | undefined;
  /** JSON of the event, its names in the order in which it came. */
  readonly body: string;
}

/** `span` as a row. @param span - Valid. */
export function toSpanRow(span: Span): SpanRow {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    mergeRank: mergeRank(span),
    parentId: span.parentId,
    name: comparedText(span.name),
    type: comparedText(span.type),
    status: span.status,
    startTime: span.startTime,
    endTime: span.endTime === undefined ? undefined : Math.max(span.endTime, span.startTime),
    workflowId: compared(workflowIdOf(span)),
    serviceName: compared(textOrNone(span.resource['service.name'])),
    body: JSON.stringify(span),
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

function compared(text: string | undefined): string | undefined {
  return text === undefined ? undefined : comparedText(text);
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
