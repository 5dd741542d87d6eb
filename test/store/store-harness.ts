import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { MemoryStore } from '../../src/store/memory-store.js';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import type { TraceStore } from '../../src/store/trace-store.js';

/** A kind of store under test. */
export interface StoreKind {
  readonly name: 'memory' | 'sqlite' | 'postgres';
  /** An empty store, closed when the test ends. */
  open(options?: { nowMicros?: () => number }): Promise<OpenedStore>;
}

export interface OpenedStore {
  readonly store: TraceStore;
  /** Another store on the same database, as another process has it; the same one where there is nothing to share. */
  another(): Promise<TraceStore>;
}

export const MEMORY: StoreKind = {
  name: 'memory',
  async open(options) {
    const store = new MemoryStore(options);
    return { store, another: async () => store };
  },
};

export const SQLITE: StoreKind = {
  name: 'sqlite',
  async open(options) {
    const path = join(temporaryFolder(), 'spans.db');
    const open = async (): Promise<TraceStore> => {
      const store = await SqliteStore.open({ path, lockTimeoutMs: 30_000, ...options });
      onTestFinished(() => store.close());
      return store;
    };
    return { store: await open(), another: open };
  },
};

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'everspan-store-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export const ACCOUNT = { accountId: 'account-1' };
export const OTHER_ACCOUNT = { accountId: 'account-2' };
