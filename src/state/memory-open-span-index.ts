import { checkPageLimit } from '../operation/validate-request.js';
import { mergeSpan } from '../span/merge-span.js';
import type { Span } from '../span/span.js';
import type { OpenSpanIndex, RunPage, SpanRun } from './open-span-index.js';
import { ENDED_SPANS_MAX, ENDED_SPANS_TTL_MS, OPEN_SPANS_TTL_MS } from './open-span-limits.js';
import { runKey, runOf } from './run-key.js';

interface RunSpans {
  readonly open: Map<string, Span>;
  /** When each ended, in milliseconds, oldest first. */
  readonly ended: Map<string, number>;
  expiresAt: number;
}

/** Keeps the open spans in this process, for tests and demonstrations. */
export class MemoryOpenSpanIndex implements OpenSpanIndex {
  readonly name = 'memory';
  readonly #runs = new Map<string, RunSpans>();
  readonly #now: () => number;
  readonly #ttlMs: number;

  constructor({ now = Date.now, ttlMs = OPEN_SPANS_TTL_MS }: { readonly now?: () => number; readonly ttlMs?: number } = {}) {
    this.#now = now;
    this.#ttlMs = ttlMs;
  }

  async put(run: SpanRun, spans: readonly Span[]): Promise<void> {
    const known = this.#find(run);
    for (const span of structuredClone(spans)) {
      if (!known.ended.has(span.spanId)) known.open.set(span.spanId, mergeSpan(known.open.get(span.spanId), span));
    }
    known.expiresAt = this.#now() + this.#ttlMs;
  }

  async remove(run: SpanRun, spanIds: readonly string[]): Promise<void> {
    const known = this.#find(run);
    for (const spanId of spanIds) {
      known.open.delete(spanId);
      // Behind all others, as the one that ended last.
      known.ended.delete(spanId);
      known.ended.set(spanId, this.#now());
    }
    for (const spanId of known.ended.keys()) {
      if (known.ended.size <= ENDED_SPANS_MAX) break;
      known.ended.delete(spanId);
    }
  }

  async spansOf(run: SpanRun): Promise<readonly Span[]> {
    return structuredClone([...this.#find(run).open.values()]);
  }

  async runs({ limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined }): Promise<RunPage> {
    checkPageLimit(limit);
    const keys = [...this.#runs.keys()]
      .filter((key) => cursor === undefined || key > cursor)
      .filter((key) => this.#find(runOf(key) as SpanRun).open.size > 0)
      .sort();
    const runs = keys.slice(0, limit).map((key) => runOf(key) as SpanRun);
    return { runs, ...(keys.length > limit ? { cursor: keys[limit - 1] as string } : {}) };
  }

  async forget(run: SpanRun): Promise<void> {
    await this.remove(run, [...this.#find(run).open.keys()]);
  }

  async renew(run: SpanRun): Promise<void> {
    this.#find(run).expiresAt = this.#now() + this.#ttlMs;
  }

  async close(): Promise<void> {}

  #find(run: SpanRun): RunSpans {
    const now = this.#now();
    const key = runKey(run);
    const known = this.#runs.get(key) ?? { open: new Map<string, Span>(), ended: new Map<string, number>(), expiresAt: now };
    this.#runs.set(key, known);
    if (known.expiresAt <= now) known.open.clear();
    for (const [spanId, at] of known.ended) {
      if (at + ENDED_SPANS_TTL_MS > now) break;
      known.ended.delete(spanId);
    }
    return known;
  }
}
