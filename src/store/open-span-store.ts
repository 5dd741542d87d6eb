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
export async function openSpanStore(url: string = DEFAULT_STORE_PATH, options: OpenSpanStoreOptions = {}): Promise<TraceStore> {
  const create = options.create ?? true;
  if (url === 'memory:') {
    const { MemoryStore } = await import('./memory-store.js');
    return new MemoryStore();
  }
  if (/^postgres(?:ql)?:\/\//.test(url)) {
    const { PostgresStore } = await import('./postgres-store.js');
    return PostgresStore.open({ url });
  }
  const path = sqlitePath(url);
  if (path === undefined) {
    // Not the text itself: it may hold a password.
    throw new SpanStoreError('INVALID_URL', 'none', 'a store is named by sqlite:PATH, a path, postgres://… or memory:');
  }
  const { SqliteStore } = await import('./sqlite-store.js');
  return SqliteStore.open({ path, create });
}

function sqlitePath(url: string): string | undefined {
  const path = url.startsWith('sqlite:') ? url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '') : url;
  const isOtherScheme = /^[a-z][a-z0-9+.-]+:/i.test(path);
  return path === '' || path.includes('\0') || isOtherScheme ? undefined : path;
}
