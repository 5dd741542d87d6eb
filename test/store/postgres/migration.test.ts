import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { canonicalJson } from '../../../src/span/canonical-json.js';
import { mergeKey } from '../../../src/span/merge-span.js';
import type { Span } from '../../../src/span/span.js';
import { PostgresStore } from '../../../src/store/postgres-store.js';
import { describeWith } from '../../helpers/servers.js';
import { CALL, FAILED, STEP } from '../heads.js';
import { ACCOUNT } from '../store-harness.js';
import { ended, started, traceIdOf } from '../stored-spans.js';
import { freshSchema, startPostgres } from './postgres-harness.js';

describeWith('postgresServer')('tables', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
  });

  it('of version 1 are brought to ranks, and rivals meet as before', async () => {
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

  it('of version 2 have their traces named anew, after the workflows that calls started', async () => {
    const schema = freshSchema();
    const first = await PostgresStore.open({ url: server.url, schema });
    const alone = { ...CALL, traceId: traceIdOf(2), resource: {}, attributes: {} };
    await first.upsert([CALL, FAILED, STEP, alone], ACCOUNT);
    const wanted = await first.listTraces({}, { limit: 9, order: 'oldest' }, ACCOUNT);
    await first.close();
    const client = new Client({ connectionString: server.url });
    await client.connect();
    onTestFinished(() => client.end());
    // The call was the head, and gave all that it had.
    await client.query(`
      update ${schema}.traces set head_rank = '0' || substr(head_rank, 2, 16) || '${CALL.spanId}', name = '${CALL.name}', status = 'OK',
        workflow_rank = replace(workflow_rank, '1', '0'), workflow_id = workflow_id || '!', service_rank = service_rank || '0';
      drop function ${schema}.upsert_spans;
      delete from ${schema}.schema_version where version > 2`);

    const store = await PostgresStore.open({ url: server.url, schema });
    onTestFinished(() => store.close());
    const listed = await store.listTraces({}, { limit: 9, order: 'oldest' }, ACCOUNT);
    expect(listed).toEqual(wanted);
    expect(listed.items.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'workflow order ERROR',
      'start workflow order OK',
    ]);
    // What comes later meets ranks of one kind.
    await store.upsert([{ ...FAILED, status: 'TIMED_OUT', source: 'recorded' }], ACCOUNT);
    expect((await store.listTraces({ status: 'TIMED_OUT' }, { limit: 9 }, ACCOUNT)).items).toHaveLength(1);
  });
});
