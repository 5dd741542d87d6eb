import { afterAll, beforeAll } from 'vitest';
import { describeWith } from '../../helpers/servers.js';
import { describeContract } from '../contract.js';
import { postgresKind, startPostgres } from './postgres-harness.js';

describeWith('postgresServer')('on a real server', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
  });

  describeContract(postgresKind(() => server.url));
});
