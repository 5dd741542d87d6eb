import { AsyncLocalStorage, type Headers, patched } from '@temporalio/workflow';
import { invariant } from '../span/errors.js';
import { deriveSpanId, deriveTraceId, isSampled } from '../span/ids.js';
import type { Attributes } from '../span/span.js';
import { CONFIGURED, END_SPAN, PATCH_ID, START_SPAN } from '../wire/activity-names.js';
import { DEFAULT_CONFIG } from '../wire/default-config.js';
import type { RecordedConfig, SpanBatch, TraceHeader } from '../wire/span-batch.js';
import { Flusher } from './flusher.js';
import { currentIsolate, type Isolate, OwnCommands } from './isolate.js';
import { type OpenSpan, openSpan, type SpanStart } from './open-span.js';
import { OK, type Outcome } from './outcome.js';
import { Outbox } from './outbox.js';
import { rootSpanOf, sharedAttributesOf } from './root-span.js';
import { RunOperations } from './run-operations.js';
import { makeShield, type Shield } from './shield.js';
import { type RunContext, runContextFrom } from './trace-context.js';

/** A chain of continue-as-new goes on in a new, linked trace after so many spans, or so long. */
const TRACE_SPANS_MAX = 10_000;
const TRACE_AGE_MS_MAX = 24 * 60 * 60 * 1000;
/** What an event counts as at least. Temporal ends a run at 51,200 events as at 50 MB: a share of the one is the same share of the other. */
const EVENT_BYTES_MIN = 1_000;

/**
 * The tracing state of one workflow run, inside its isolate.
 *
 * undecided --first hook that may emit--> open    (gate: marker made or found; root span begun)
 *                                     \-> closed  (old history, not registered, `mode: 'off'`, not sampled: hooks pass through)
 * open --close--> done                            (every open span ended; nothing more is taken)
 */
export class RunTracer {
  readonly outbox = new Outbox();
  readonly ownCommands = new OwnCommands();
  /** The span whose code runs now; `undefined`: the run's root. */
  readonly current = new AsyncLocalStorage<OpenSpan>();
  /** Set while the handler of a query or a validator runs. It is not run again in replay: there nothing may begin, or be counted. */
  readonly readOnly = new AsyncLocalStorage<true>();
  /** The default, or the recorded answer of the run's first span activity: `undefined` until it is there. */
  config: RecordedConfig | undefined;
  /** Queue of remote batches, where an answer has named one. */
  spanTaskQueue: string | undefined;
  /** Whether the run took a signal or an update: a longer last task would make the server hold such back. */
  hasTakenMessages = false;

  private state: 'undecided' | 'open' | 'closed' | 'done' = 'undecided';
  private context: RunContext | undefined;
  private root: OpenSpan | undefined;
  private readonly openSpans = new Map<string, OpenSpan>();
  private readonly ordinals = new Map<string, number>();
  private spanCount = 0;
  /** History spent on spans, estimated alike in every replay. */
  private spentBytes = 0;
  private startHeaders: Headers = {};
  /** The trace of the run that this one continues as, where that is a new one. */
  private continuesInTrace: string | undefined;
  /** The operations that this run drives. */
  readonly operations = new RunOperations(this);

  /** Set with the first activation. */
  hasBegun = false;
  /** True while the SDK hands in the jobs of an activation, before the code that they woke has run. */
  isInActivation = false;

  /** Local activities, the user's and ours, whose end the run waits for. */
  localsUnderWay = 0;
  /** Whether there was none when the present activation began: then its bounds are those of history, the same in every replay. */
  beganAtRest = true;

  private flusher: Flusher | undefined;
  private shield: Shield | undefined;
  /** What the ratio says, where no caller decided. */
  private isKept = true;

  /** Headers of the run's start. They come with the first activation, before any hook. */
  setStartHeaders(headers: Headers): void {
    this.startHeaders = headers;
    this.operations.setStartHeaders(headers);
  }

  /** Whether spans are made now. Decides the gate the first time that it is asked; while modules load there is no run yet to decide for. */
  get isOpen(): boolean {
    if (!this.hasBegun) return false;
    if (this.state === 'undecided') this.decide();
    return this.state === 'open';
  }

  /** Whether this run's history has our marker. */
  get isMarked(): boolean {
    return this.state === 'open' || this.state === 'done';
  }

  get rootSpan(): OpenSpan | undefined {
    return this.root;
  }

  get runContext(): RunContext {
    this.context ??= runContextFrom(this.isolate().info, this.startHeaders);
    return this.context;
  }

  /** Whether the trace is kept, as far as it is decided: by the caller, else by the first answer. */
  get isSampled(): boolean {
    return this.runContext.sampled ?? this.isKept;
  }

  /** Takes in a recorded answer: the first one is kept by a run whose configuration is not the default. */
  adopt(config: RecordedConfig): void {
    this.spanTaskQueue ??= config.spanTaskQueue;
    if (this.config !== undefined) return;
    this.config = config;
    this.isKept = isSampled(this.runContext.traceId, config.sampleRatio);
    // What came while the answer was on its way was taken in for a trace that might have been kept.
    if (!this.isSampled) this.outbox.clear();
  }

  get isSamplingUndecided(): boolean {
    return this.runContext.sampled === undefined && this.config === undefined;
  }

  get keepsErrors(): boolean {
    const { sampled, keepErrors } = this.runContext;
    // Who decided that the trace is left out decided this as well.
    return sampled === false ? keepErrors : (this.config?.keepErrors ?? keepErrors);
  }

  isolate(): Isolate {
    const isolate = currentIsolate();
    invariant(isolate !== undefined, 'the code of a run is only called inside its workflow');
    return isolate;
  }

  /** Runs our own calls of the SDK out of reach of the user's cancellation. */
  get shielded(): Shield {
    this.shield ??= makeShield();
    return this.shield;
  }

  /** Next number of `kind` in this run, counted over the user's calls. */
  nextOrdinal(kind: string): number {
    const ordinal = this.ordinals.get(kind) ?? 0;
    this.ordinals.set(kind, ordinal + 1);
    return ordinal;
  }

  /** The id of a span of this run; the same in replay and after a reset. */
  spanIdOf(kind: string, ordinal: number | string): string {
    return deriveSpanId(this.isolate().info.originalExecutionRunId, kind, ordinal);
  }

  /**
   * Begins a span under `parent`, or under the span whose code runs now.
   *
   * Always answers a span, so that ids and headers are the same whether it is kept or not; one that the budget or sampling leaves out
   * is never sent.
   */
  begin(start: Omit<SpanStart, 'startTime' | 'parentId'> & { parentId?: string | undefined; startTime?: number }): OpenSpan {
    const span = openSpan({
      ...start,
      parentId: start.parentId ?? this.current.getStore()?.spanId ?? this.root?.spanId,
      startTime: start.startTime ?? nowMicros(),
    });
    if (this.state !== 'open') return span;
    if (this.isOverBudget()) {
      this.outbox.drop('budget', 1);
      return span;
    }
    this.spanCount += 1;
    this.openSpans.set(span.spanId, span);
    if (this.isSampled) this.outbox.addStart(span);
    return span;
  }

  /** Ends `span` once; a second end, and the end of one that was left out, change nothing. */
  end(span: OpenSpan, outcome: Outcome = OK, attributes: Attributes = {}): void {
    if (span.endTime !== undefined) return;
    span.endTime = nowMicros();
    span.status = outcome.status;
    span.statusMessage = outcome.statusMessage;
    Object.assign(span.attributes, outcome.attributes, attributes);
    if (!this.openSpans.delete(span.spanId)) return;
    if (!this.isSampled) return;
    this.outbox.addEnd(span);
  }

  /** Ends the span of that id, if it is open. */
  endById(spanId: string, outcome: Outcome): void {
    const span = this.openSpans.get(spanId);
    if (span !== undefined) this.end(span, outcome);
  }

  /**
   * Ends the root span and every span still open with it, and takes no more.
   *
   * @returns False when there was nothing to end: the run emits nothing, or has ended before.
   */
  finish(outcome: Outcome): boolean {
    const { root } = this;
    if (this.state !== 'open' || root === undefined) return false;
    for (const span of this.openSpans.values()) {
      if (span === root) continue;
      if (span.outlivesRun) this.finishOutliving(span, outcome);
      else this.end(span, { status: 'CANCELED', statusMessage: 'left open by the workflow' });
    }
    this.end(root, outcome);
    const isFailure = outcome.status === 'ERROR' || outcome.status === 'TIMED_OUT';
    if (!this.isSampled && isFailure && this.keepsErrors) this.outbox.addEnd(root);
    this.state = 'done';
    return true;
  }

  /** `span`, which is open and has been told of, says more now. */
  changed(span: OpenSpan): void {
    if (!this.openSpans.has(span.spanId) || !this.isSampled || this.isOverBudget()) return;
    span.revision += 1;
    this.outbox.addStart(span);
  }

  // In a trace that the chain leaves nobody goes on with it.
  private finishOutliving(span: OpenSpan, outcome: Outcome): void {
    if (outcome.status === 'CONTINUED') {
      if (this.continuesInTrace !== undefined && this.continuesInTrace !== this.runContext.traceId) this.end(span, outcome);
      else this.outlive(span);
    } else if (span.outcomeAtClose !== undefined) this.end(span, span.outcomeAtClose);
    else this.outlive(span);
  }

  private outlive(span: OpenSpan): void {
    if (!this.isSampled) return;
    span.revision += 1;
    this.outbox.addOutliving(span);
  }

  /** The header that goes out with a call whose span is `span`. */
  traceHeader(span: OpenSpan): TraceHeader {
    const { traceId, owner } = this.runContext;
    return {
      v: 1,
      t: traceId,
      s: span.spanId,
      f: this.isSampled ? 1 : 0,
      ...(this.isSamplingUndecided ? { u: 1 } : {}),
      ...(owner === undefined ? {} : { o: owner }),
      ...(!this.isSampled && this.keepsErrors ? { k: 1 } : {}),
    };
  }

  /** The header for a run that was left out: nothing is sent of it, and what it calls is told so. */
  get unsampledHeader(): TraceHeader | undefined {
    const { sampled, traceId, parentId, keepErrors } = this.runContext;
    if (sampled !== false) return undefined;
    return {
      v: 1,
      t: traceId,
      ...(parentId === undefined ? {} : { s: parentId }),
      f: 0,
      ...(keepErrors ? { k: 1 as const } : {}),
    };
  }

  /** The header for the run that this one continues as: the same trace, or a new one when this is full or each run has its own. */
  continuationHeader(): TraceHeader {
    const { traceId, parentId, spansBefore, traceStartedAtMs, owner } = this.runContext;
    const { info } = this.isolate();
    const spans = spansBefore + this.spanCount;
    const prev = this.root?.spanId ?? this.spanIdOf('workflow', 0);
    const common = {
      v: 1,
      f: this.isSampled ? 1 : 0,
      ...(this.isSamplingUndecided ? { u: 1 as const } : {}),
      ...(owner === undefined ? {} : { o: owner }),
      ...(!this.isSampled && this.keepsErrors ? { k: 1 as const } : {}),
    } as const;
    const isFull = spans >= TRACE_SPANS_MAX || Date.now() - traceStartedAtMs >= TRACE_AGE_MS_MAX;
    if (isFull || this.config?.traceScope === 'run') {
      const next = deriveTraceId(info.namespace, info.workflowId, `${info.originalExecutionRunId}/continued`, Date.now());
      this.continuesInTrace = next;
      return { ...common, t: next, c: { prev, prevTrace: traceId, spans: 0, since: Date.now() } };
    }
    return {
      ...common,
      t: traceId,
      ...(parentId === undefined ? {} : { s: parentId }),
      c: { prev, spans, since: traceStartedAtMs },
    };
  }

  /** Makes the commands that are due. Called where nothing is left to run in an activation. */
  conclude(): void {
    if (this.state === 'open' && this.isolate().completed !== true) this.flusher?.conclude();
  }

  /** A batch of this run's spans as the activities take it. */
  batch(spans: SpanBatch['spans'], isLast: boolean): SpanBatch {
    const { info } = this.isolate();
    const { traceId, owner } = this.runContext;
    const dropped = this.outbox.takeDropped();
    return {
      v: 1,
      traceId,
      shared: sharedAttributesOf(info, owner),
      spans,
      ...(dropped === undefined ? {} : { dropped }),
      ...(isLast ? { last: true } : {}),
      ...(this.isSamplingUndecided ? { samplingUndecided: true } : {}),
      ...(isLast && this.config === undefined ? { captureUndecided: true } : {}),
    };
  }

  /**
   * The gate. Extra commands change history, so a run emits only where its history says so from the start; the answer, `false` too, stays.
   */
  private decide(): void {
    const { sampled, keepErrors } = this.runContext;
    this.state = 'closed';
    // What the caller left out costs nothing: no marker, no commands. The header is in history, so replay finds the same.
    if (sampled === false && !keepErrors) return;
    const isolate = this.isolate();
    const { isReplaying } = isolate.info.unsafe;
    if (!isReplaying && !this.areActivitiesRegistered()) return;
    if (!patched(PATCH_ID)) return;
    this.state = 'open';
    // Where a version does not say what is registered, the configuration is asked for.
    const isConfigured = isReplaying || (isolate.registeredActivityNames?.has(CONFIGURED) ?? true);
    if (!isConfigured || !patched(CONFIGURED)) this.config = DEFAULT_CONFIG;
    this.beginRoot(isolate);
  }

  /** Whether the worker that runs this workflow now can deliver spans. */
  areActivitiesRegistered(): boolean {
    const names = this.isolate().registeredActivityNames;
    return names === undefined || (names.has(START_SPAN) && names.has(END_SPAN));
  }

  private beginRoot(isolate: Isolate): void {
    // Counts as this run's first span of its kind.
    this.nextOrdinal('workflow');
    this.root = openSpan(rootSpanOf(isolate.info, this.runContext));
    this.spanCount += 1;
    this.openSpans.set(this.root.spanId, this.root);
    if (this.isSampled) this.outbox.addStart(this.root);
    this.flusher = new Flusher(this);
  }

  /** Counts `events` of ours in history, which take `bytes`. */
  spend(events: number, bytes = 0): void {
    this.spentBytes += Math.max(events * EVENT_BYTES_MIN, bytes);
  }

  /** Whether the run has spent on spans what it may; then it keeps to its root span. */
  isOverBudget(): boolean {
    // Also before the first answer: a run that never gets one must not fill its history with trying.
    const budgetBytes = (this.config ?? DEFAULT_CONFIG).budgetBytes;
    return this.spentBytes > budgetBytes;
  }
}

/** The workflow's time, which is the task's, in microseconds since the epoch. */
export function nowMicros(): number {
  return Date.now() * 1000;
}
