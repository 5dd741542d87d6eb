/** Counters of one collector, in Prometheus' text format. Labels come from closed lists: no id, path or account is among them. */
export class CollectorMetrics {
  readonly #counters = new Map<string, Map<string, number>>();
  readonly #durations = new Map<string, { readonly buckets: number[]; sum: number; count: number }>();
  #liveReaders = 0;

  /** @param labels - Values from closed lists only: each combination is kept for ever. */
  add(name: CounterName, labels: Readonly<Record<string, string>>, by = 1): void {
    const counts = this.#counters.get(name) ?? new Map<string, number>();
    this.#counters.set(name, counts);
    const key = labelText(labels);
    counts.set(key, (counts.get(key) ?? 0) + by);
  }

  observeRequest(route: string, seconds: number): void {
    const known = this.#durations.get(route);
    const duration = known ?? { buckets: BUCKETS_SECONDS.map(() => 0), sum: 0, count: 0 };
    if (known === undefined) this.#durations.set(route, duration);
    for (const [index, bound] of BUCKETS_SECONDS.entries()) {
      if (seconds <= bound) duration.buckets[index] = (duration.buckets[index] as number) + 1;
    }
    duration.sum += seconds;
    duration.count += 1;
  }

  get liveReaders(): number {
    return this.#liveReaders;
  }

  set liveReaders(count: number) {
    this.#liveReaders = count;
  }

  /** Everything, as `GET /metrics` answers it. */
  toText(): string {
    const lines: string[] = [];
    for (const [name, help] of Object.entries(COUNTERS)) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`);
      for (const [labels, count] of this.#counters.get(name) ?? []) lines.push(`${name}${labels} ${count}`);
    }
    const durationName = 'everspan_collector_request_seconds';
    lines.push(`# HELP ${durationName} Time to the head of the answer, by route.`, `# TYPE ${durationName} histogram`);
    for (const [route, { buckets, sum, count }] of this.#durations) {
      for (const [index, bound] of BUCKETS_SECONDS.entries()) {
        lines.push(`${durationName}_bucket${labelText({ route, le: String(bound) })} ${buckets[index]}`);
      }
      lines.push(`${durationName}_bucket${labelText({ route, le: '+Inf' })} ${count}`);
      lines.push(`${durationName}_sum${labelText({ route })} ${sum}`, `${durationName}_count${labelText({ route })} ${count}`);
    }
    lines.push(...gauge('everspan_collector_live_readers', 'Readers of live changes.', this.#liveReaders));
    lines.push(...gauge('process_resident_memory_bytes', 'Memory of the process.', process.memoryUsage.rss()));
    return `${lines.join('\n')}\n`;
  }
}

export type CounterName = keyof typeof COUNTERS;

const COUNTERS = {
  everspan_collector_requests_total: 'Requests answered, by route and status.',
  everspan_collector_spans_accepted_total: 'Spans that are kept, by protocol.',
  everspan_collector_spans_refused_total: 'Spans that were refused, by protocol and code.',
  everspan_collector_artefact_rows_total: 'Rows of artefacts that are kept, by type.',
  everspan_collector_live_cut_off_total: 'Readers of live changes that were cut off, by reason.',
} as const;

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, '_')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
