import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { devServerArguments } from '../../scripts/dev-server-arguments.mjs';
import { findInstalledTemporalServer } from '../../scripts/find-temporal-server.mjs';
import { findInstalledTimeSkippingServer } from '../../scripts/find-time-skipping-server.mjs';
import { findInstalledRedisServer } from '../../scripts/find-redis-server.mjs';
import type { ServerOffer } from './servers.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the one Temporal server of this run; and the program that starts another, where there is one. */
    temporalServer: ServerOffer<'address' | 'path'>;
    /** Executable that takes a port. */
    timeSkippingServer: ServerOffer<'path'>;
    redisServer: ServerOffer<'address' | 'path'>;
  }
}

const START_ATTEMPTS = 3;

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

  const temporal = findInstalledTemporalServer();
  if (temporal.kind === 'none') {
    project.provide('temporalServer', { missing: temporal.line });
    return async () => {};
  }
  if (temporal.kind === 'address') {
    project.provide('temporalServer', { address: temporal.address });
    return async () => {};
  }
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const environment = await startDevServer(temporal.path);
  project.provide('temporalServer', { address: environment.address, path: temporal.path });
  return () => environment.teardown();
}

async function startDevServer(path: string): Promise<TestWorkflowEnvironment> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await TestWorkflowEnvironment.createLocal({
        server: {
          executable: { type: 'existing-path', path },
          extraArgs: devServerArguments,
          // What workers do while they are killed is an error to the server; set the level to see it.
          log: { format: 'pretty', level: process.env['EVERSPAN_TEST_SERVER_LOG'] ?? 'never' },
        },
      });
    } catch (error) {
      // The SDK waits five seconds; the first start of a 200 MB binary on a busy machine takes longer.
      if (attempt === START_ATTEMPTS) throw error;
    }
  }
}
