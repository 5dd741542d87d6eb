import type { SpanProcessor } from '../processors/span-processor.js';
import type { Span } from '../span/span.js';
import { type CallResult, callProcessor, type SpanPhase } from './call-processor.js';
import { type CallPatience, CircuitBreaker } from './circuit-breaker.js';
import type { Clock } from './clock.js';
import type { DeliveryCounters } from './delivery-counters.js';

/** A call's end, or that it was not made because the breaker is open. */
export type LaneResult = CallResult | { readonly kind: 'breaker-open'; readonly elapsedMs: 0; readonly message: string };

/** How a lane's call is bounded, and who waits for it. */
export interface LaneCall {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly patience: CallPatience;
}

/** The way to one processor: its breaker, and the counting of every call. */
export class ProcessorLane {
  readonly processor: SpanProcessor;
  readonly breaker: CircuitBreaker;
  readonly #clock: Clock;
  readonly #counters: DeliveryCounters;
  #hasBackgroundWork: () => boolean = () => false;
  #onBreakerChange: () => void = () => {};

  constructor(processor: SpanProcessor, clock: Clock, counters: DeliveryCounters) {
    this.processor = processor;
    this.#clock = clock;
    this.#counters = counters;
    const onChange = (state: CircuitBreaker['state']) => {
      counters.breaker(processor.name, state);
      this.#onBreakerChange();
    };
    this.breaker = new CircuitBreaker(clock, onChange, () => this.#hasBackgroundWork());
  }

  /** Tells the lane who sends in the background: asked whether it has work, told when the breaker changes. */
  attachBackground(hasWork: () => boolean, onBreakerChange: () => void): void {
    this.#hasBackgroundWork = hasWork;
    this.#onBreakerChange = onBreakerChange;
  }

  /** Calls the processor unless its breaker is open. Never rejects; answers by the deadline. */
  async call(phase: SpanPhase, spans: readonly Span[], { deadlineMs, signal, patience }: LaneCall): Promise<LaneResult> {
    const name = this.processor.name;
    const permit = this.breaker.tryAcquire(patience);
    if (permit === undefined) {
      this.#counters.refusedCall(name);
      return { kind: 'breaker-open', elapsedMs: 0, message: `${name}: not asked, it did not answer before` };
    }
    const result = await callProcessor(this.processor, phase, spans, { deadlineMs, signal, clock: this.#clock });
    this.#counters.call(name, result.kind, result.elapsedMs, spans.length);
    switch (result.kind) {
      case 'taken':
        permit.succeeded(result.elapsedMs);
        this.#counters.delivered(name, spans.length);
        break;
      case 'rejected': {
        permit.succeeded(result.elapsedMs);
        const rejected = countRejected(spans, result.rejectedSpanIds);
        this.#counters.rejected(name, rejected, result.message);
        this.#counters.delivered(name, spans.length - rejected);
        break;
      }
      case 'unavailable':
      case 'deadline':
        permit.failed();
        this.#counters.failedCall(name, result.kind, result.message);
        break;
      case 'failed':
        // It is there and threw: waiting would not help the next batch.
        permit.succeeded(result.elapsedMs);
        this.#counters.failedCall(name, result.kind, result.message);
        break;
      case 'cancelled':
        permit.abandoned();
        break;
    }
    return result;
  }
}

/** Whether every span of the call is out, or for ever rejected. */
export function isSettled(result: LaneResult): boolean {
  return result.kind === 'taken' || result.kind === 'rejected';
}

// A processor that names none has refused the batch as a whole.
function countRejected(spans: readonly Span[], rejectedSpanIds: readonly string[]): number {
  if (rejectedSpanIds.length === 0) return spans.length;
  const rejected = new Set(rejectedSpanIds);
  return spans.filter((span) => rejected.has(span.spanId)).length;
}
