import { invariant } from '../span/errors.js';
import type { Span } from '../span/span.js';
import type { SpanPhase } from './call-processor.js';
import type { Clock } from './clock.js';
import type { DeliveryCounters } from './delivery-counters.js';
import {
  BACKGROUND_CALL_MS_MAX,
  BACKGROUND_LINGER_MS,
  CALL_BYTES_MAX,
  CALL_SPANS_MAX,
  PROBE_SPANS_MAX,
  QUEUE_AGE_MS_MAX,
  QUEUE_BYTES_MAX,
  QUEUE_SPANS_MAX,
  RETRY_WAIT_MS_MAX,
  RETRY_WAIT_MS_MIN,
} from './delivery-limits.js';
import { isSettled, type LaneResult, type ProcessorLane } from './processor-lane.js';
import { type QueuedSpan, SpanQueue } from './span-queue.js';

type SenderState = 'idle' | 'gathering' | 'sending' | 'waiting' | 'stopped';

/** What a sender keeps at most, and for how long it waits for more. */
export interface SenderLimits {
  readonly queueSpansMax: number;
  readonly queueBytesMax: number;
  /** Milliseconds in which spans gather. */
  readonly lingerMs: number;
}

export const SENDER_LIMITS: SenderLimits = {
  queueSpansMax: QUEUE_SPANS_MAX,
  queueBytesMax: QUEUE_BYTES_MAX,
  lingerMs: BACKGROUND_LINGER_MS,
};

/**
 * Sends spans that nobody waits for to one processor, one call at a time, and goes on trying for an hour.
 *
 * ```
 * idle      --enqueue-->          gathering  (for its linger; an urgent span, or a call's worth of spans: not at all)
 * gathering --linger is over-->   sending    (one call under way)
 * sending   --taken, more waits-> sending
 * sending   --taken, none waits-> idle
 * sending   --not taken-->        waiting    (until the breaker lets a probe through, or for a backoff)
 * waiting   --time, breaker-->    sending
 * any       --stop-->             stopped    (what is left is dropped, and counted)
 * ```
 *
 * None of its timers keeps the process alive.
 */
export class BackgroundSender {
  readonly #lane: ProcessorLane;
  readonly #clock: Clock;
  readonly #counters: DeliveryCounters;
  readonly #queue: SpanQueue;
  readonly #lingerMs: number;
  readonly #onSettled: (spans: readonly Span[]) => void;
  #state: SenderState = 'idle';
  #cancelTimer: () => void = () => {};
  #nextPhase: SpanPhase = 'start';
  #callSpansMax = CALL_SPANS_MAX;
  #retryWaitMs = RETRY_WAIT_MS_MIN;
  readonly #abort = new AbortController();
  readonly #idleWaiters: (() => void)[] = [];

  /** @param onSettled - Told of spans that the processor took, or for ever rejected. Never throws. */
  constructor(
    lane: ProcessorLane,
    clock: Clock,
    counters: DeliveryCounters,
    limits: SenderLimits = SENDER_LIMITS,
    onSettled: (spans: readonly Span[]) => void = () => {},
  ) {
    this.#onSettled = onSettled;
    this.#lane = lane;
    this.#clock = clock;
    this.#counters = counters;
    this.#queue = new SpanQueue(limits.queueSpansMax, limits.queueBytesMax);
    this.#lingerMs = limits.lingerMs;
    lane.attachBackground(
      () => this.#state === 'gathering' || this.#state === 'sending' || this.#state === 'waiting',
      () => this.#breakerChanged(),
    );
  }

  /** Takes open and ended spans. Never throws, never waits. */
  enqueue(spans: readonly Span[], isUrgent: boolean): void {
    if (spans.length === 0) return;
    if (this.#state === 'stopped') {
      this.#counters.dropped('shutdown', spans.length, this.#name);
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    let displaced = 0;
    for (const span of spans) displaced += this.#queue.push(span, nowMs);
    this.#counters.dropped('queue_full', displaced, this.#name);
    this.#reportQueue();
    if (this.#state === 'idle') this.#gather();
    if ((isUrgent || this.#queue.spans >= CALL_SPANS_MAX) && this.#state === 'gathering') this.#sendSoon();
  }

  /** Whether nothing waits and no call is under way. */
  get isIdle(): boolean {
    return this.#state === 'idle' || this.#state === 'stopped';
  }

  /** Resolves when nothing waits and no call is under way; sends at once what was gathering. */
  whenIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    const idle = new Promise<void>((resolve) => {
      this.#idleWaiters.push(resolve);
    });
    if (this.#state === 'gathering') this.#sendSoon();
    return idle;
  }

  /** Ends the call under way and drops what is left. */
  stop(): void {
    if (this.#state === 'stopped') return;
    this.#enter('stopped');
    this.#abort.abort();
    this.#counters.dropped('shutdown', this.#queue.clear(), this.#name);
    this.#reportQueue();
  }

  get #name(): string {
    return this.#lane.processor.name;
  }

  #gather(): void {
    invariant(this.#state === 'idle', `a sender that is ${this.#state} does not begin to gather`);
    this.#enter('gathering');
    this.#startTimer(this.#lingerMs);
  }

  // Not in this very tick: what else comes in it goes along.
  #sendSoon(): void {
    this.#startTimer(0);
  }

  #wait(waitMs: number): void {
    invariant(this.#state === 'sending', `a sender that is ${this.#state} has nothing to wait for`);
    this.#enter('waiting');
    this.#startTimer(Math.max(1, waitMs));
  }

  #breakerChanged(): void {
    if (this.#state === 'waiting' && this.#lane.breaker.state === 'closed') this.#sendSoon();
  }

  #startTimer(delayMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      if (this.#state === 'gathering' || this.#state === 'waiting') void this.#send();
    });
  }

  // Runs until nothing waits or a call fails. Everything it awaits resolves, whatever the processor does.
  async #send(): Promise<void> {
    this.#enter('sending');
    while (this.#state === 'sending') {
      this.#counters.dropped('expired', this.#queue.expire(this.#clock.monotonicMs() - QUEUE_AGE_MS_MAX), this.#name);
      const waitMs = this.#lane.breaker.patientWaitMs();
      if (waitMs > 0 && this.#queue.spans > 0) {
        this.#wait(waitMs);
        return;
      }
      const isProbe = this.#lane.breaker.state !== 'closed' && this.#lane.breaker.state !== 'slow';
      const batch = this.#take(isProbe ? Math.min(PROBE_SPANS_MAX, this.#callSpansMax) : this.#callSpansMax);
      this.#reportQueue();
      const first = batch[0];
      if (first === undefined) {
        this.#enter('idle');
        return;
      }
      const result = await this.#lane.call(
        first.span.endTime === undefined ? 'start' : 'end',
        batch.map((entry) => entry.span),
        { deadlineMs: BACKGROUND_CALL_MS_MAX, signal: this.#abort.signal, patience: 'patient' },
      );
      this.#afterCall(batch, result);
    }
  }

  #afterCall(batch: readonly QueuedSpan[], result: LaneResult): void {
    if (isSettled(result)) {
      this.#callSpansMax = Math.min(CALL_SPANS_MAX, this.#callSpansMax * 2);
      this.#retryWaitMs = RETRY_WAIT_MS_MIN;
      this.#onSettled(batch.map(({ span }) => span));
      return;
    }
    if (this.#state === 'stopped') {
      this.#counters.dropped('shutdown', batch.length, this.#name);
      return;
    }
    // A span that alone makes the processor throw lets the others go first; of many, halves find it.
    const isPoison = result.kind === 'failed' && batch.length === 1;
    this.#counters.dropped('queue_full', this.#queue.restore(batch, isPoison ? 'back' : 'front'), this.#name);
    this.#reportQueue();
    if (result.kind !== 'failed') {
      this.#wait(this.#lane.breaker.patientWaitMs());
      return;
    }
    this.#callSpansMax = Math.max(1, Math.floor(batch.length / 2));
    this.#wait(this.#retryWaitMs);
    this.#retryWaitMs = Math.min(RETRY_WAIT_MS_MAX, this.#retryWaitMs * 2);
  }

  // Phases take turns, so that neither starves; a span has only one event here, so their order does not matter.
  #take(spansMax: number): QueuedSpan[] {
    const phase = this.#nextPhase;
    const other: SpanPhase = phase === 'start' ? 'end' : 'start';
    this.#nextPhase = other;
    const batch = this.#queue.take(phase, spansMax, CALL_BYTES_MAX);
    return batch.length > 0 ? batch : this.#queue.take(other, spansMax, CALL_BYTES_MAX);
  }

  #reportQueue(): void {
    this.#counters.queue(this.#name, this.#queue.spans, this.#queue.bytes);
  }

  #enter(state: SenderState): void {
    this.#state = state;
    if (state !== 'idle' && state !== 'stopped') return;
    this.#cancelTimer();
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}
