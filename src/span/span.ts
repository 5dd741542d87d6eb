/** OpenTelemetry's span kinds, by name. */
export type SpanKind = 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER';

/**
 * How a span stands. `RUNNING` exactly while it has no `endTime`.
 *
 * `CONTINUED` is a run that went on as a new run; `UNKNOWN` is one whose record is gone.
 */
export type SpanStatus = 'RUNNING' | 'OK' | 'ERROR' | 'CANCELED' | 'TERMINATED' | 'TIMED_OUT' | 'CONTINUED' | 'UNKNOWN';

/**
 * Who says so, weakest first: `inferred` from a clock or from silence, `observed` by the code that ran,
 * `recorded` by Temporal's own history or describe.
 */
export type SpanSource = 'inferred' | 'observed' | 'recorded';

/** OpenTelemetry's attribute values. Arrays are of one type. */
export type AttributeValue = string | number | boolean | readonly string[] | readonly number[] | readonly boolean[];

/** Names stand in `docs/attributes.md`. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** What JSON can say; `input` and `output` of a span are of this shape. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A moment within a span. `time` is in microseconds since the epoch. */
export interface SpanMoment {
  readonly name: string;
  readonly time: number;
  readonly attributes?: Attributes;
}

/** A reference to a span of this or of another trace. */
export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes?: Attributes;
}

/** The library that made a span. */
export interface SpanScope {
  readonly name: string;
  readonly version?: string;
}

/**
 * All that is known of one timed step, as one event says it.
 *
 * A START is a span without `endTime`, an END one with it. An END carries everything that its START carried, so that
 * it alone rebuilds the span. Times are whole microseconds since the epoch.
 */
export interface Span {
  /** 16 lower-case hex digits, unique within the trace. */
  readonly spanId: string;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits; absent on the root of a trace. */
  readonly parentId?: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** What the span stands for: `workflow`, `activity`, `attempt`, `timer`, …; the list is in `docs/attributes.md`. */
  readonly type: string;
  readonly startTime: number;
  readonly endTime?: number;
  readonly status: SpanStatus;
  readonly statusMessage?: string;
  readonly attributes: Attributes;
  readonly events: readonly SpanMoment[];
  readonly links: readonly SpanLink[];
  readonly input?: JsonValue;
  readonly output?: JsonValue;
  /** The process that delivered the event: `service.name`, `service.instance.id`, `host.name`, `process.pid`. */
  readonly resource: Attributes;
  readonly scope: SpanScope;
  readonly source: SpanSource;
  /** Rises each time an open span is sent again. */
  readonly revision: number;
  /** The attempt of the work that the span times; 1 where it is not retried. */
  readonly attempt: number;
}
