import { compareSpans } from '../span/merge-span.js';
import type { Span } from '../span/span.js';
import { textOf } from '../span/text-of.js';
import type { OpenSpanIndex, SpanRun } from '../state/open-span-index.js';
import { CircuitBreaker } from './circuit-breaker.js';
import type { Clock } from './clock.js';
import { QUEUE_AGE_MS_MAX } from './delivery-limits.js';
import type { DeliveryLog } from './delivery-log.js';
import type { OpenSpanStats } from './pipeline-stats.js';

/** Ended spans that are remembered as on their way out by the background, as many as it keeps itself. Of more the index is told nothing. */
const AWAITED_SPANS_MAX = 20_000;

/**
 * Keeps the open-span index in step with what was delivered: an open span is put in once it is out, and taken out once its end is. An end that is
 * left to the background is put in as well, since nobody sends it again when this process dies.
 *
 * ```
 * START: delivered --> put             a crash in between: the activity is tried again, and puts
 * END:   delivered --> removed         a crash in between: the activity, or the run's last task, is done again, and removes; else a watchdog finds the run closed
 * END:   queued    --> put --> sent --> removed    a crash in between: a watchdog finds it, and sends it
 * ```
 *
 * An index that throws, hangs or is slow costs spans their entry, never their delivery: every call is bounded by the caller's own deadline, and
 * none is made while the index was away a moment ago.
 */
export class OpenSpanTracker {
  readonly #index: OpenSpanIndex;
  readonly #clock: Clock;
  readonly #log: DeliveryLog;
  readonly #breaker: CircuitBreaker;
  readonly #stats = { put: 0, removed: 0, failedCalls: 0, refusedCalls: 0 };
  readonly #underWay = new Set<Promise<void>>();
  /** Ended spans that the background sends, the oldest first. */
  readonly #awaited = new Map<string, AwaitedSpan>();

  constructor(index: OpenSpanIndex, clock: Clock, log: DeliveryLog) {
    this.#index = index;
    this.#clock = clock;
    this.#log = log;
    this.#breaker = new CircuitBreaker(clock);
  }

  stats(): OpenSpanStats {
    return { ...this.#stats };
  }

  /** Takes in that `spans` are out. Resolves when the index has them, after `deadlineMs` at the latest; never rejects. */
  async told(spans: readonly Span[], deadlineMs: number): Promise<void> {
    const work = this.#track(byRun(spans, isEnded));
    await new Promise<void>((resolve) => {
      const cancelTimer = this.#clock.after(Math.max(0, deadlineMs), resolve, true);
      void work.then(() => {
        cancelTimer();
        resolve();
      });
    });
  }

  /** The background sends `spans`, of a run, to so many processors. */
  queued(spans: readonly Span[], processors: number): void {
    if (processors === 0) return;
    const kept = spans.filter((span) => span.endTime === undefined || this.#await(span, processors));
    if (kept.length > 0) void this.#track(byRun(kept, () => false));
  }

  /** One processor has taken `spans`, or will never take them. */
  sent(spans: readonly Span[]): void {
    const out: Span[] = [];
    for (const span of spans) {
      const awaited = this.#awaited.get(keyOf(span));
      // Another END of the same span may have come meanwhile.
      if (awaited === undefined || awaited.span !== span) continue;
      awaited.processors -= 1;
      if (awaited.processors > 0) continue;
      this.#awaited.delete(keyOf(span));
      out.push(span);
    }
    if (out.length > 0) void this.#track(byRun(out, isEnded));
  }

  /** @returns Whether `span`, an END, is kept until all processors have it. */
  #await(span: Span, processors: number): boolean {
    const key = keyOf(span);
    const known = this.#awaited.get(key);
    // The background keeps the greater one too.
    if (known !== undefined && compareSpans(span, known.span) <= 0) return false;
    this.#awaited.delete(key);
    const nowMs = this.#clock.monotonicMs();
    if (this.#awaited.size >= AWAITED_SPANS_MAX) this.#forgetGivenUp(nowMs);
    if (this.#awaited.size >= AWAITED_SPANS_MAX) return false;
    this.#awaited.set(key, { span, processors, queuedAtMs: nowMs });
    return true;
  }

  // The background has given up what is so old: in the index it stays, for a watchdog.
  #forgetGivenUp(nowMs: number): void {
    for (const [key, { queuedAtMs }] of this.#awaited) {
      if (nowMs - queuedAtMs <= QUEUE_AGE_MS_MAX) return;
      this.#awaited.delete(key);
    }
  }

  /** Resolves when the index has answered all that it was told; never rejects. */
  async whenIdle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #track(runs: readonly RunSpans[]): Promise<void> {
    const work = this.#trackRuns(runs).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
    return work;
  }

  async #trackRuns(runs: readonly RunSpans[]): Promise<void> {
    for (const { run, kept, over } of runs) {
      await this.#call(async () => {
        if (kept.length > 0) {
          await this.#index.put(run, kept);
          this.#stats.put += kept.length;
        }
        if (over.length > 0) {
          await this.#index.remove(run, over);
          this.#stats.removed += over.length;
        }
      });
    }
  }

  // Resolves when the call is over, or counts as failed.
  #call(work: () => Promise<void>): Promise<void> {
    const permit = this.#breaker.tryAcquire('held');
    if (permit === undefined) {
      this.#stats.refusedCalls += 1;
      return Promise.resolve();
    }
    const startedMs = this.#clock.monotonicMs();
    return new Promise((resolve) => {
      let isOver = false;
      const failed = (reason: string): void => {
        isOver = true;
        permit.failed();
        this.#stats.failedCalls += 1;
        this.#log.warn(
          'open-spans',
          () =>
            `everspan: open-span index ${this.#index.name}: ${reason.slice(0, 300)} (${this.#stats.failedCalls} failed calls since the start of this process; spans go out all the same)`,
        );
        resolve();
      };
      // One that hangs would stay the breaker's probe for ever.
      const cancelTimer = this.#clock.after(CALL_MS_MAX, () => failed(`no answer within ${CALL_MS_MAX} ms`));
      work().then(
        () => {
          cancelTimer();
          permit.succeeded(this.#clock.monotonicMs() - startedMs);
          resolve();
        },
        (error: unknown) => {
          if (isOver) return;
          cancelTimer();
          failed(textOf(error));
        },
      );
    });
  }
}

interface AwaitedSpan {
  readonly span: Span;
  /** Those that have not taken it yet. */
  processors: number;
  readonly queuedAtMs: number;
}

/** After this time a call counts as failed, in milliseconds. */
const CALL_MS_MAX = 2_000;

interface RunSpans {
  readonly run: SpanRun;
  /** A watchdog may have to end them, or to send their end. */
  readonly kept: Span[];
  readonly over: string[];
}

function isEnded({ endTime }: Span): boolean {
  return endTime !== undefined;
}

// Spans of one batch share a run; those that the background sends may not.
function byRun(spans: readonly Span[], isOver: (span: Span) => boolean): readonly RunSpans[] {
  const runs = new Map<string, RunSpans>();
  for (const span of spans) {
    const run = runOf(span);
    if (run === undefined) continue;
    const key = JSON.stringify(run);
    const entry = runs.get(key) ?? { run, kept: [], over: [] };
    runs.set(key, entry);
    if (isOver(span)) entry.over.push(span.spanId);
    else entry.kept.push(span);
  }
  return [...runs.values()];
}

function runOf({ attributes }: Span): SpanRun | undefined {
  const namespace = attributes['temporal.namespace'];
  const workflowId = attributes['temporal.workflow.id'];
  const runId = attributes['temporal.run.id'];
  if (typeof namespace !== 'string' || typeof workflowId !== 'string' || typeof runId !== 'string') return undefined;
  return { namespace, workflowId, runId };
}

function keyOf(span: Span): string {
  return `${span.traceId}${span.spanId}`;
}
