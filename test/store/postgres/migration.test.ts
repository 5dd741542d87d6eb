import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { canonicalJson } from '../../../src/span/canonical-json.js';
import { mergeKey } from '../../../src/span/merge-span.js';
import type { Span } from '../../../src/span/span.js';
import { PostgresStore } from '../../../src/store/postgres-store.js';
import { describeWith } from '../../helpers/servers.js';
import { ACCOUNT } from '../store-harness.js';
import { ended, started } from '../stored-spans.js';
import { freshSchema, startPostgres } from './postgres-harness.js';

describeWith('postgresServer')('tables of version 1', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
  });

  it('are brought to ranks, and rivals meet as before', async () => {
    const schema = freshSchema();
    const rivals = ['a', 'b', 'c', 'd'].map((name) => ended({ name }));
    const [low, high] = rivals.sort((one, other) => (mergeKey(one) < mergeKey(other) ? -1 : 1)) as [Span, Span];
    const first = await PostgresStore.open({ url: server.url, schema });
    await first.upsert([low], ACCOUNT);
    await first.close();

    const client = new Client({ connectionString: server.url });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query(`
      alter table ${schema}.spans rename column merge_rank to merge_key;
      drop function ${schema}.upsert_spans;
      create function ${schema}.upsert_spans(p_account_id text) returns bigint[] language sql as 'select null::bigint[]';
      delete from ${schema}.schema_version where version > 1`);
    await client.query(`update ${schema}.spans set merge_key = $1, body = $2`, [mergeKey(low), canonicalJson(low)]);

    const store = await PostgresStore.open({ url: server.url, schema });
    onTestFinished(() => store.close());
    const kept = await client.query<{ merge_rank: string }>(`select merge_rank from ${schema}.spans`);
    expect(kept.rows).toEqual([{ merge_rank: mergeKey(low).slice(0, 36) }]);
    expect(await store.trace(low.traceId, ACCOUNT)).toEqual([low]);
    expect(await store.upsert([started(), low], ACCOUNT)).toEqual(['kept', 'kept']);
    expect(await store.upsert([low], ACCOUNT)).toEqual(['kept']);
    expect(await store.upsert([high], ACCOUNT)).toEqual(['written']);
    expect(await store.upsert([low], ACCOUNT)).toEqual(['kept']);
    expect(await store.trace(low.traceId, ACCOUNT)).toEqual([high]);
  });
});
