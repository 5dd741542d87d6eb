import type { MetricMeter } from '@temporalio/common';
import type { BreakerState } from './circuit-breaker.js';
import type { DeliveryLog } from './delivery-log.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { DistributionRecorder } from './distribution.js';
import type { DropReason, PipelineStats, ProcessorStats } from './pipeline-stats.js';

const LATENCY_BOUNDS_MS = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
const BATCH_BOUNDS_SPANS = [1, 2, 5, 10, 25, 50, 100, 250, 500];

type Counts = Record<string, number>;

interface ProcessorCounts {
  breaker: BreakerState;
  delivered: number;
  readonly dropped: Counts;
  readonly failedCalls: Counts;
  refusedCalls: number;
  queuedSpans: number;
  queuedBytes: number;
}

/** Counts what delivery does, for `stats()`, for Temporal's metrics and for the log. */
export class DeliveryCounters {
  readonly #log: DeliveryLog;
  readonly #processors: Map<string, ProcessorCounts>;
  readonly #dropped: Counts = {};
  readonly #latency = new DistributionRecorder(LATENCY_BOUNDS_MS);
  readonly #batchSpans = new DistributionRecorder(BATCH_BOUNDS_SPANS);
  #sinceLogged: Counts = {};
  #metrics: DeliveryMetrics | undefined;

  constructor(processorNames: readonly string[], log: DeliveryLog) {
    this.#log = log;
    this.#processors = new Map(processorNames.map((name) => [name, newCounts()]));
  }

  attachMeter(meter: MetricMeter): void {
    this.#metrics = new DeliveryMetrics(meter);
    for (const [name, counts] of this.#processors) this.#metrics.breaker(name, counts.breaker);
  }

  delivered(processor: string, spans: number): void {
    if (spans === 0) return;
    this.#of(processor).delivered += spans;
    this.#metrics?.delivered(processor, spans);
  }

  /** @param processor - The one that did not get them; absent when none did. */
  dropped(reason: DropReason | (string & {}), spans: number, processor?: string): void {
    if (!(spans > 0)) return;
    add(this.#dropped, reason, spans);
    add(this.#sinceLogged, reason, spans);
    if (processor !== undefined) add(this.#of(processor).dropped, reason, spans);
    this.#metrics?.dropped(reason, spans, processor);
    this.#log.warn('dropped', () => {
      const line = `everspan: lost ${wordCounts(this.#sinceLogged)}; since the start of this process: ${wordCounts(this.#dropped)}`;
      this.#sinceLogged = {};
      return line;
    });
  }

  /** @param message - What the processor said; holds no span content. */
  rejected(processor: string, spans: number, message: string): void {
    this.dropped('rejected', spans, processor);
    this.#log.warn(`rejected:${processor}`, () => `everspan: processor ${message} (rejected; not tried again)`);
  }

  call(processor: string, outcome: string, elapsedMs: number, spans: number): void {
    this.#latency.record(elapsedMs);
    this.#batchSpans.record(spans);
    this.#metrics?.call(processor, outcome, elapsedMs, spans);
  }

  failedCall(processor: string, code: string, message: string): void {
    const counts = this.#of(processor);
    add(counts.failedCalls, code, 1);
    this.#log.warn(`failed:${processor}`, () => {
      const calls = Object.values(counts.failedCalls).reduce((sum, count) => sum + count, 0);
      return `everspan: processor ${message} (${code}; ${calls} failed calls since the start of this process; spans are tried again)`;
    });
  }

  refusedCall(processor: string): void {
    this.#of(processor).refusedCalls += 1;
  }

  queue(processor: string, spans: number, bytes: number): void {
    const counts = this.#of(processor);
    counts.queuedSpans = spans;
    counts.queuedBytes = bytes;
    this.#metrics?.queue(processor, spans);
  }

  breaker(processor: string, state: BreakerState): void {
    this.#of(processor).breaker = state;
    this.#metrics?.breaker(processor, state);
  }

  read(): PipelineStats {
    const processors: ProcessorStats[] = [...this.#processors].map(([name, counts]) => ({
      name,
      ...counts,
      dropped: { ...counts.dropped },
      failedCalls: { ...counts.failedCalls },
    }));
    return {
      delivered: processors.reduce((sum, processor) => sum + processor.delivered, 0),
      dropped: { ...this.#dropped },
      flushLatencyMs: this.#latency.read(),
      batchSpans: this.#batchSpans.read(),
      processors,
    };
  }

  #of(processor: string): ProcessorCounts {
    let counts = this.#processors.get(processor);
    if (counts === undefined) {
      counts = newCounts();
      this.#processors.set(processor, counts);
    }
    return counts;
  }
}

function newCounts(): ProcessorCounts {
  return { breaker: 'closed', delivered: 0, dropped: {}, failedCalls: {}, refusedCalls: 0, queuedSpans: 0, queuedBytes: 0 };
}

function add(counts: Counts, key: string, count: number): void {
  counts[key] = (counts[key] ?? 0) + count;
}

function wordCounts(counts: Counts): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const reasons = Object.entries(counts).map(([reason, count]) => `${reason} ${count}`);
  return `${total} ${total === 1 ? 'span' : 'spans'} (${reasons.join(', ')})`;
}
