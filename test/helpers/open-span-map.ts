import type { SpanProcessor } from '../../src/processors/span-processor.js';
import type { Span } from '../../src/span/span.js';
import type { OpenSpanIndex, RunPage, SpanRun } from '../../src/state/open-span-index.js';

/** An open-span index in this process's memory, with no time to live; counts its calls. */
export class OpenSpanMap implements OpenSpanIndex {
  readonly name = 'map';
  readonly renewed: string[] = [];
  private readonly entries = new Map<
    string,
    { readonly run: SpanRun; readonly open: Map<string, Span>; readonly ended: Set<string> }
  >();

  async put(run: SpanRun, spans: readonly Span[]): Promise<void> {
    const { open, ended } = this.entry(run);
    for (const span of spans) if (!ended.has(span.spanId)) open.set(span.spanId, span);
  }

  async remove(run: SpanRun, spanIds: readonly string[]): Promise<void> {
    const { open, ended } = this.entry(run);
    for (const spanId of spanIds) {
      open.delete(spanId);
      ended.add(spanId);
    }
  }

  async spansOf(run: SpanRun): Promise<readonly Span[]> {
    return [...this.entry(run).open.values()];
  }

  async runs({ limit, cursor }: { readonly limit: number; readonly cursor?: string }): Promise<RunPage> {
    const keys = [...this.entries].filter(([key, { open }]) => open.size > 0 && (cursor === undefined || key > cursor));
    keys.sort(([a], [b]) => (a < b ? -1 : 1));
    const page = keys.slice(0, limit);
    const last = page.at(-1)?.[0];
    return {
      runs: page.map(([, { run }]) => run),
      ...(last === undefined || keys.length <= limit ? {} : { cursor: last }),
    };
  }

  async forget(run: SpanRun): Promise<void> {
    this.entry(run).open.clear();
  }

  async renew(run: SpanRun): Promise<void> {
    this.renewed.push(run.runId);
  }

  async close(): Promise<void> {}

  private entry(run: SpanRun) {
    const key = JSON.stringify([run.namespace, run.workflowId, run.runId]);
    const entry = this.entries.get(key) ?? { run, open: new Map<string, Span>(), ended: new Set<string>() };
    this.entries.set(key, entry);
    return entry;
  }
}

/** Writes the open spans that pass through it to `index`, as the span activities do. */
export class IndexingProcessor implements SpanProcessor {
  readonly name = 'indexing';

  constructor(private readonly index: OpenSpanIndex) {}

  async start(spans: readonly Span[]): Promise<void> {
    for (const span of spans) await this.index.put(runOf(span), [span]);
  }

  async end(spans: readonly Span[]): Promise<void> {
    for (const span of spans) await this.index.remove(runOf(span), [span.spanId]);
  }

  async shutdown(): Promise<void> {}
}

/** The run that a span's attributes name. */
export function runOf({ attributes }: Span): SpanRun {
  return {
    namespace: String(attributes['temporal.namespace']),
    workflowId: String(attributes['temporal.workflow.id']),
    runId: String(attributes['temporal.run.id']),
  };
}
