import type { Distribution } from './pipeline-stats.js';

/** Adds up a `Distribution`; memory does not grow. */
export class DistributionRecorder {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #count = 0;
  #sum = 0;
  #max = 0;

  /** @param bounds - Rising; a last bucket without bound is added. */
  constructor(bounds: readonly number[]) {
    this.#bounds = [...bounds, Number.POSITIVE_INFINITY];
    this.#counts = this.#bounds.map(() => 0);
  }

  record(value: number): void {
    this.#count += 1;
    this.#sum += value;
    this.#max = Math.max(this.#max, value);
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  read(): Distribution {
    return {
      count: this.#count,
      sum: this.#sum,
      max: this.#max,
      buckets: this.#bounds.map((atMost, index) => ({ atMost, count: this.#counts[index] ?? 0 })),
    };
  }
}
