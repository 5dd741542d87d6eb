import type { Attributes, Span } from '../span/span.js';

/**
 * One span on its way from a workflow to `START_SPAN` or `END_SPAN`: what differs from span to span, defaults left out.
 *
 * `revision` and `attempt` default to 0 and 1, `attributes`, `events` and `links` to none.
 */
export type WireSpan = Pick<
  Span,
  'spanId' | 'parentId' | 'name' | 'kind' | 'type' | 'startTime' | 'endTime' | 'status' | 'statusMessage' | 'input' | 'output'
> &
  Partial<Pick<Span, 'attributes' | 'events' | 'links' | 'revision' | 'attempt'>>;

/** The argument of `START_SPAN` and `END_SPAN`: spans of one run, and once what all of them share. */
export interface SpanBatch {
  readonly v: 1;
  readonly traceId: string;
  /** Attributes of every span of the batch: workflow id, run id, type, namespace. A span's own win. */
  readonly shared: Attributes;
  readonly spans: readonly WireSpan[];
  /** Spans and parts that the run left out since its last batch, by reason. */
  readonly dropped?: Readonly<Record<string, number>>;
  /** The run's closing batch: what cannot be delivered in time is left to the process's background sender. */
  readonly last?: true;
  /**
   * Nobody decided yet whether this trace is kept: the activity decides by `RecordedConfig.sampleRatio`, delivers only what is kept, and
   * the run decides alike from the answer.
   */
  readonly samplingUndecided?: true;
  /**
   * A last batch of a run that does not know its configuration yet: it has the run's input and output, and the activity leaves them out where
   * `RecordedConfig.captureWorkflowIo` does not ask for them. Such a batch never goes through history.
   */
  readonly captureUndecided?: true;
}

/** How a run's last batch leaves; `auto` is `background` for a run that took a signal or an update, else `direct`. */
export type Closing = 'auto' | 'direct' | 'activity' | 'background' | 'record';
/** How the other batches leave. */
export type Delivery = 'auto' | 'local' | 'remote';
/** Which spans share a trace: all runs of a chain of continue-as-new, or each run its own. */
export type TraceScope = 'chain' | 'run';

/**
 * What may vary from worker to worker, as a run keeps it: the answer of its first span activity, recorded in history, so that
 * it stays the same through replay on any worker.
 */
export interface RecordedConfig {
  readonly closing: Closing;
  readonly delivery: Delivery;
  /** Queue of remote batches; absent: the workflow's own. */
  readonly spanTaskQueue?: string;
  /** Whether the worker that answered has our sink. */
  readonly hasSink: boolean;
  /** Milliseconds of workflow time between flushes. */
  readonly lingerMs: number;
  /** Share of root traces kept, 0 to 1; used where nobody decided before. */
  readonly sampleRatio: number;
  /** Whether the root span of a run that is not sampled is sent when the run fails. */
  readonly keepErrors: boolean;
  /** Whether the workflow's own input and output are captured. */
  readonly captureWorkflowIo: boolean;
  readonly traceScope: TraceScope;
  /** History bytes a run may spend on spans before it keeps to its root span; an event counts as 1,000 at least. */
  readonly budgetBytes: number;
}

/** The answer of `START_SPAN` and `END_SPAN`. */
export interface SpanReceipt {
  readonly v: 1;
  /** False where a local attempt gave up: the run sends the batch again as a remote activity. */
  readonly delivered: boolean;
  readonly config: RecordedConfig;
}

/** Our trace context in a header, as JSON. Short keys: it travels with every call. */
export interface TraceHeader {
  readonly v: 1;
  /** Trace id. */
  readonly t: string;
  /** Span id of the caller: the parent of what is called. */
  readonly s?: string;
  /** 1 when sampled, 0 when not. */
  readonly f: 0 | 1;
  /** 1: nobody decided yet whether the trace is kept. Who reads this decides by its own ratio; all with the same one decide alike. */
  readonly u?: 1;
  /** Owner of the trace, where the application names one. */
  readonly o?: string;
  /** 1: not sampled, but the root span of a run that fails is sent all the same. */
  readonly k?: 1;
  /** 1: a link, not a parent. The run derives a trace of its own and links to `t` and `s`; schedules send this. */
  readonly l?: 1;
  /** Continue-as-new only: what the next run of a chain needs of its predecessor. */
  readonly c?: {
    /** Root span of the run that continued. */
    readonly prev: string;
    /** Trace id of the run that continued, when the chain rolled over to a new trace. */
    readonly prevTrace?: string;
    /** Spans in this trace so far. */
    readonly spans: number;
    /** Start of the trace, milliseconds since the epoch. */
    readonly since: number;
  };
}
