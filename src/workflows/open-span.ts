import type { Outcome } from './outcome.js';
import type { Attributes, AttributeValue, JsonValue, SpanKind, SpanLink, SpanMoment, SpanStatus } from '../span/span.js';

/** A span of this run, as the run knows it. It becomes a `WireSpan` when it leaves. */
export interface OpenSpan {
  readonly spanId: string;
  readonly parentId: string | undefined;
  name: string;
  readonly kind: SpanKind;
  readonly type: string;
  /** Microseconds since the epoch. */
  readonly startTime: number;
  endTime: number | undefined;
  status: SpanStatus;
  statusMessage: string | undefined;
  readonly attributes: Record<string, AttributeValue>;
  readonly events: SpanMoment[];
  readonly links: SpanLink[];
  input: JsonValue | undefined;
  output: JsonValue | undefined;
  /** How often it was sent while open; the next START carries it. */
  revision: number;
  /** Whether a START of it has left: a processor may hold it as open. */
  isTold: boolean;
  readonly attempt: number;
  /** Stays open when the run closes, for the next run of the chain, or a watchdog, to end it; unless `outcomeAtClose` says how it ends. */
  outlivesRun: boolean;
  outcomeAtClose: Outcome | undefined;
}

/** What a span is made from. */
export interface SpanStart {
  readonly spanId: string;
  readonly parentId?: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly type: string;
  readonly startTime: number;
  readonly attributes?: Attributes | undefined;
  readonly links?: readonly SpanLink[] | undefined;
  readonly input?: JsonValue | undefined;
  readonly attempt?: number | undefined;
}

/** An open span from what is known at its start. */
export function openSpan(start: SpanStart): OpenSpan {
  return {
    spanId: start.spanId,
    parentId: start.parentId,
    name: start.name,
    kind: start.kind,
    type: start.type,
    startTime: start.startTime,
    endTime: undefined,
    status: 'RUNNING',
    statusMessage: undefined,
    attributes: { ...start.attributes },
    events: [],
    links: [...(start.links ?? [])],
    input: start.input,
    output: undefined,
    revision: 0,
    isTold: false,
    attempt: start.attempt ?? 1,
    outlivesRun: false,
    outcomeAtClose: undefined,
  };
}
