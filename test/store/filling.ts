import { onTestFinished } from 'vitest';
import { SqliteStore, type SqliteStoreOptions } from '../../src/store/sqlite-store.js';
import { ACCOUNT } from './store-harness.js';
import { traceOfSpans } from './stored-spans.js';

/** A store that is closed when the test ends. */
export async function openForTest(options: SqliteStoreOptions): Promise<SqliteStore> {
  const store = await SqliteStore.open(options);
  onTestFinished(() => store.close());
  return store;
}

/** A trace of some 300 KB. */
export function heavyTrace(ordinal: number): ReturnType<typeof traceOfSpans> {
  return traceOfSpans(ordinal, 100, { attributes: { padding: 'x'.repeat(2_000) } });
}

/** Writes heavy traces, from the second on, until one is refused; `failure` stays `undefined` where fifty of them fit. */
export async function fillUntilRefused(store: SqliteStore): Promise<{ failure: unknown; kept: number }> {
  for (let ordinal = 2; ordinal < 50; ordinal += 1) {
    try {
      await store.upsert(heavyTrace(ordinal), ACCOUNT);
    } catch (failure) {
      return { failure, kept: ordinal - 1 };
    }
  }
  return { failure: undefined, kept: 49 };
}
