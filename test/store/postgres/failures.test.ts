import { Client, Pool } from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import type { StartedPostgres } from '../../../scripts/start-postgres-server.mjs';
import { PostgresStore, type PostgresStoreOptions } from '../../../src/store/postgres-store.js';
import { describeWith } from '../../helpers/servers.js';
import { ACCOUNT } from '../store-harness.js';
import { ended, started, traceIdOf, traceOfSpans } from '../stored-spans.js';
import { expectWholeBatches, killAfter, startWriter } from '../writers.js';
import { freshSchema, startOwnPostgres } from './postgres-harness.js';

async function open(options: PostgresStoreOptions): Promise<PostgresStore> {
  const store = await PostgresStore.open({ schema: freshSchema(), ...options });
  onTestFinished(() => store.close());
  return store;
}

function withCode(code: string, message?: RegExp): unknown {
  return expect.objectContaining({
    name: 'SpanStoreError',
    code,
    ...(message === undefined ? {} : { message: expect.stringMatching(message) as unknown }),
  });
}

describeWith('postgresServer')('a PostgreSQL store on a bad day', () => {
  let server: StartedPostgres;
  beforeAll(async () => {
    server = await startOwnPostgres();
  });
  afterAll(async () => {
    await server.remove();
  });

  it('is unavailable while the server is gone, and goes on when it is back', async () => {
    const store = await open({ url: server.url });
    await store.upsert([started()], ACCOUNT);
    await server.stop();
    await expect(store.upsert([ended()], ACCOUNT)).rejects.toEqual(withCode('UNAVAILABLE'));
    await expect(store.trace(traceIdOf(1), ACCOUNT)).rejects.toEqual(withCode('UNAVAILABLE'));
    await server.start();
    expect(await store.upsert([ended()], ACCOUNT)).toEqual(['written']);
    expect(await store.trace(traceIdOf(1), ACCOUNT)).toEqual([ended()]);
  });

  it('does not even notice a restart between two calls', async () => {
    const store = await open({ url: server.url });
    await Promise.all([1, 2, 3].map((ordinal) => store.upsert(traceOfSpans(ordinal, 1), ACCOUNT)));
    await server.stop();
    await server.start();
    expect(await store.upsert([ended()], ACCOUNT)).toHaveLength(1);
  });

  it('takes a pool of the caller, and never ends it', async () => {
    const pool = new Pool({ connectionString: server.url, max: 3 });
    onTestFinished(() => pool.end());
    const store = await PostgresStore.open({ pool, schema: freshSchema() });
    await store.upsert([ended()], ACCOUNT);
    await store.close();
    expect((await pool.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(pool.listenerCount('error')).toBe(0);
  });

  it('keeps what it acknowledged when its process is killed', async () => {
    const schema = freshSchema();
    let acknowledged = 0;
    for (const batches of [1, 20]) {
      acknowledged = Math.max(acknowledged, await killAfter(startWriter(server.url, schema, 'killed', 100_000), batches));
    }
    // What the killed process had sent may still be under way at the server: until that has noticed that nobody listens.
    await vi.waitUntil(
      async () => (await query(`select 1 from pg_stat_activity where application_name = 'everspan'`)) === 0,
      30_000,
    );
    const store = await open({ url: server.url, schema });
    await expectWholeBatches(store, 'killed', acknowledged);
  });

  it('is made by several that open it at once', async () => {
    const schema = freshSchema();
    const stores = await Promise.all(Array.from({ length: 6 }, () => open({ url: server.url, schema })));
    await Promise.all(stores.map((store, index) => store.upsert(traceOfSpans(index + 1, 2), ACCOUNT)));
    expect(await stores[0]?.lastSequence(ACCOUNT)).toBe(12);
  });

  it('refuses the schema of a newer everspan', async () => {
    const schema = freshSchema();
    const store = await PostgresStore.open({ url: server.url, schema });
    await store.close();
    await query(`insert into ${schema}.schema_version values (99)`);
    await expect(PostgresStore.open({ url: server.url, schema })).rejects.toEqual(withCode('NEWER_SCHEMA', /99/));
  });

  it('says that it may not write', async () => {
    const schema = freshSchema();
    const store = await open({ url: server.url, schema });
    await store.upsert([ended()], ACCOUNT);
    const readOnly = await open({ url: `${server.url}?options=-c%20default_transaction_read_only=on`, schema });
    await expect(readOnly.upsert([ended({ attempt: 2 })], ACCOUNT)).rejects.toEqual(withCode('READ_ONLY'));
    expect(await readOnly.trace(traceIdOf(1), ACCOUNT)).toEqual([ended()]);
  });

  it('says where there is no server, and nothing of the password', async () => {
    const opening = PostgresStore.open({ url: 'postgres://someone:secret@127.0.0.1:1/none', connectTimeoutMs: 2_000 });
    const failure: unknown = await opening.catch((error: unknown) => error);
    expect(failure).toEqual(withCode('UNAVAILABLE'));
    expect(String(failure)).not.toContain('secret');
    await expect(PostgresStore.open({ url: server.url, schema: 'a"; drop' })).rejects.toEqual(withCode('INVALID_QUERY'));
    await expect(PostgresStore.open({})).rejects.toEqual(withCode('INVALID_URL'));
  });

  it('gives way to others of its kind that write the same spans in another order', async () => {
    const schema = freshSchema();
    const stores = await Promise.all([1, 2, 3].map(() => open({ url: server.url, schema })));
    const spans = traceOfSpans(1, 60);
    for (let round = 0; round < 5; round += 1) {
      const events = spans.map((span) => ({ ...span, attempt: round + 1 }));
      await Promise.all(stores.map((store, index) => store.upsert(index === 1 ? events.toReversed() : events, ACCOUNT)));
    }
    expect((await stores[0]?.trace(traceIdOf(1), ACCOUNT))?.every(({ attempt }) => attempt === 5)).toBe(true);
  });

  async function query(sql: string): Promise<number> {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows.length;
  }
});
