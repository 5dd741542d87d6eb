import { randomBytes } from 'node:crypto';
import { inject, onTestFinished } from 'vitest';
import { startPostgresServer, type StartedPostgres } from '../../../scripts/start-postgres-server.mjs';
import { PostgresStore } from '../../../src/store/postgres-store.js';
import type { TraceStore } from '../../../src/store/trace-store.js';
import { requireServer } from '../../helpers/servers.js';
import type { StoreKind } from '../store-harness.js';

/** A server for the tests of a file: the one that runs, or one that is started. */
export async function startPostgres(): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const address = inject('postgresServer').address;
  if (address !== undefined) return { url: address, stop: async () => {} };
  const server = await startOwnPostgres();
  return { url: server.url, stop: server.remove };
}

/** A server that may be stopped. */
export function startOwnPostgres(): Promise<StartedPostgres> {
  return startPostgresServer(requireServer('postgresServer', 'path'));
}

/** A schema that nobody else uses. */
export function freshSchema(): string {
  return `test_${randomBytes(6).toString('hex')}`;
}

/** PostgreSQL as a kind of store: each opened store is a schema of its own. */
export function postgresKind(url: () => string): StoreKind {
  return {
    name: 'postgres',
    async open(options) {
      const schema = freshSchema();
      const open = async (): Promise<TraceStore> => {
        const store = await PostgresStore.open({ url: url(), schema, connectionsMax: 4, ...options });
        onTestFinished(() => store.close());
        return store;
      };
      return { store: await open(), another: open };
    },
  };
}
