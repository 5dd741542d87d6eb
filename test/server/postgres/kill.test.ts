import { afterAll, beforeAll } from 'vitest';
import { describeWith } from '../../helpers/servers.js';
import { freshSchema, startPostgres } from '../../store/postgres/postgres-harness.js';
import { describeEnds } from '../crash/collector-ends.js';

describeWith('postgresServer')('on a real server', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
  });

  describeEnds('PostgreSQL', () => ({ store: server.url, schema: freshSchema() }));
});
