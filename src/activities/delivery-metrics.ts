import type { MetricCounter, MetricGauge, MetricHistogram, MetricMeter } from '@temporalio/common';
import type { BreakerState } from './circuit-breaker.js';

/** Shortest time between two readings of a queue's depth that is not zero, in milliseconds. */
const QUEUE_INTERVAL_MS = 1_000;

const BREAKER_VALUE: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, slow: 1, open: 2 };

/**
 * The delivery counters as metrics of Temporal's meter.
 *
 * | name | kind | tags |
 * |---|---|---|
 * | `everspan_spans_delivered` | counter | `processor` |
 * | `everspan_spans_dropped` | counter | `reason`, `processor` where one is to blame |
 * | `everspan_flush_latency` | histogram, ms | `processor`, `outcome` |
 * | `everspan_batch_spans` | histogram | `processor` |
 * | `everspan_queue_spans` | gauge | `processor` |
 * | `everspan_breaker_state` | gauge: 0 closed, 1 half-open or slow, 2 open | `processor` |
 */
export class DeliveryMetrics {
  readonly #delivered: MetricCounter;
  readonly #dropped: MetricCounter;
  readonly #latency: MetricHistogram;
  readonly #batchSpans: MetricHistogram;
  readonly #queueSpans: MetricGauge;
  readonly #breakerState: MetricGauge;
  readonly #queueSetAtMs = new Map<string, number>();

  constructor(meter: MetricMeter) {
    this.#delivered = meter.createCounter('everspan_spans_delivered', '{span}', 'Spans that a processor took');
    this.#dropped = meter.createCounter('everspan_spans_dropped', '{span}', 'Spans that were lost, by reason');
    this.#latency = meter.createHistogram('everspan_flush_latency', 'int', 'ms', 'Time of one call to a processor');
    this.#batchSpans = meter.createHistogram('everspan_batch_spans', 'int', '{span}', 'Spans in one call to a processor');
    this.#queueSpans = meter.createGauge('everspan_queue_spans', 'int', '{span}', 'Spans that wait in the background');
    this.#breakerState = meter.createGauge('everspan_breaker_state', 'int', '', '0 closed, 1 half-open or slow, 2 open');
  }

  delivered(processor: string, spans: number): void {
    quietly(() => this.#delivered.add(spans, { processor }));
  }

  dropped(reason: string, spans: number, processor: string | undefined): void {
    quietly(() => this.#dropped.add(spans, processor === undefined ? { reason } : { reason, processor }));
  }

  call(processor: string, outcome: string, elapsedMs: number, spans: number): void {
    quietly(() => {
      this.#latency.record(Math.round(elapsedMs), { processor, outcome });
      this.#batchSpans.record(spans, { processor });
    });
  }

  queue(processor: string, spans: number): void {
    // Every span that is enqueued changes the depth, and each call into Core's meter costs as much as the span itself.
    const nowMs = performance.now();
    if (spans > 0 && nowMs - (this.#queueSetAtMs.get(processor) ?? -Infinity) < QUEUE_INTERVAL_MS) return;
    this.#queueSetAtMs.set(processor, nowMs);
    quietly(() => this.#queueSpans.set(spans, { processor }));
  }

  breaker(processor: string, state: BreakerState): void {
    quietly(() => this.#breakerState.set(BREAKER_VALUE[state], { processor }));
  }
}

// A meter belongs to a runtime, which can be gone before the last span is.
function quietly(record: () => void): void {
  try {
    record();
  } catch {
    // Nothing that depends on a metric may fail for it.
  }
}
