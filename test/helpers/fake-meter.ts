import type { MetricCounter, MetricGauge, MetricHistogram, MetricMeter, MetricTags } from '@temporalio/common';

/** Keeps what is recorded on it, by metric name. */
export class FakeMeter implements MetricMeter {
  isBroken = false;
  readonly #values = new Map<string, [number, MetricTags | undefined][]>();

  /** Every value recorded on the metric `name`, with its tags. */
  values(name: string): [number, MetricTags | undefined][] {
    return this.#values.get(name) ?? [];
  }

  createCounter(name: string): MetricCounter {
    return { name, kind: 'counter', valueType: 'int', add: this.#recorder(name), withTags: refuseTags };
  }

  createHistogram(name: string): MetricHistogram {
    return { name, kind: 'histogram', valueType: 'int', record: this.#recorder(name), withTags: refuseTags };
  }

  createGauge(name: string): MetricGauge {
    return { name, kind: 'gauge', valueType: 'int', set: this.#recorder(name), withTags: refuseTags };
  }

  withTags(): MetricMeter {
    return refuseTags();
  }

  #recorder(name: string): (value: number, tags?: MetricTags) => void {
    const values: [number, MetricTags | undefined][] = [];
    this.#values.set(name, values);
    return (value, tags) => {
      if (this.isBroken) throw new TypeError('the runtime is gone');
      values.push([value, tags]);
    };
  }
}

function refuseTags(): never {
  throw new TypeError('not used here');
}
