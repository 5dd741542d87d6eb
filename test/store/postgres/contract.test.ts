import { afterAll, beforeAll } from 'vitest';
import { describeWith } from '../../helpers/servers.js';
import { describeArtefacts } from '../artefacts.js';
import { describeContract } from '../contract.js';
import { describeFollowing } from '../following.js';
import { describeHeads } from '../heads.js';
import { describeMergeLaw } from '../merge-properties.js';
import { describeReading } from '../reading.js';
import { postgresKind, startPostgres } from './postgres-harness.js';

describeWith('postgresServer')('on a real server', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server.stop();
  });

  const kind = postgresKind(() => server.url);
  describeContract(kind);
  describeHeads(kind);
  describeFollowing(kind);
  describeArtefacts(kind);
  describeMergeLaw(kind, 40);
  describeReading(kind, 60);
});
