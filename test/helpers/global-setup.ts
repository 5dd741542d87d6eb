import type { TestProject } from 'vitest/node';
import { findInstalledTemporalServer } from '../../scripts/find-temporal-server.mjs';
import { findInstalledTimeSkippingServer } from '../../scripts/find-time-skipping-server.mjs';
import { findInstalledPostgresServer } from '../../scripts/find-postgres-server.mjs';
import { findInstalledPythonClients } from '../../scripts/find-python-clients.mjs';
import { findInstalledRedisServer } from '../../scripts/find-redis-server.mjs';
import { startTemporalServer } from '../../scripts/start-temporal-server.mjs';
import type { ServerOffer } from './servers.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the one Temporal server of this run; and the program that starts another, where there is one. */
    temporalServer: ServerOffer<'address' | 'path'>;
    /** Executable that takes a port. */
    timeSkippingServer: ServerOffer<'path'>;
    redisServer: ServerOffer<'address' | 'path'>;
    /** A running one, or the folder of the programs that start one. */
    postgresServer: ServerOffer<'address' | 'path'>;
    /** A Python that has the clients of SGP and Agentex. */
    pythonClients: ServerOffer<'path'>;
  }
}

/** Starts one Temporal server for the whole run and tells every test file where it and the other servers are. */
export default async function setUpServers(project: TestProject): Promise<() => Promise<void>> {
  const timeSkipping = findInstalledTimeSkippingServer();
  project.provide(
    'timeSkippingServer',
    timeSkipping.kind === 'none' ? { missing: timeSkipping.line } : { path: timeSkipping.path },
  );
  const redis = findInstalledRedisServer();
  project.provide(
    'redisServer',
    redis.kind === 'none'
      ? { missing: redis.line }
      : redis.kind === 'address'
        ? { address: redis.address }
        : { path: redis.path },
  );

  const python = findInstalledPythonClients();
  project.provide('pythonClients', python.kind === 'none' ? { missing: python.line } : { path: python.path });

  const postgres = findInstalledPostgresServer();
  project.provide(
    'postgresServer',
    postgres.kind === 'none'
      ? { missing: postgres.line }
      : postgres.kind === 'address'
        ? { address: postgres.address }
        : { path: postgres.path },
  );

  const temporal = findInstalledTemporalServer();
  if (temporal.kind === 'none') {
    project.provide('temporalServer', { missing: temporal.line });
    return async () => {};
  }
  if (temporal.kind === 'address') {
    project.provide('temporalServer', { address: temporal.address });
    return async () => {};
  }
  const server = await startTemporalServer(temporal.path, { logLevel: process.env['EVERSPAN_TEST_SERVER_LOG'] ?? 'never' });
  project.provide('temporalServer', { address: server.address, path: temporal.path });
  return () => server.stop();
}
