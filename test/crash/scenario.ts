import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { EverspanPlugin } from '../../src/plugin.js';
import { SgpProcessor } from '../../src/processors/sgp-processor.js';
import { startRedis } from '../helpers/redis-server.js';
import { type SgpServer, startSgpServer } from '../helpers/sgp-server.mjs';
import { connectClient, temporalAddress, uniqueQueue } from '../helpers/temporal.js';
import { CLIENT_AGENT } from './compare-rows.js';
import { Fleet } from './fleet.js';
import type { WorkerProcessOptions } from './worker-process.js';

/** Everything that one case runs against: a server for spans, a traced client, worker processes. */
export interface Scenario {
  readonly sgp: SgpServer;
  readonly client: Client;
  readonly fleet: Fleet;
  readonly taskQueue: string;
  /** Redis with the open spans of all workers. */
  readonly redisUrl: string;
  /** Whether its workers keep so few workflows that Core evicts runs in the middle of a task. */
  readonly isCacheTiny: boolean;
  /** Sends what the client still has of its own spans. */
  flushClient(): Promise<void>;
}

/** Bundles the workflows before the tests of a file, into a file that all worker processes load. Answers its path, once there. */
export function bundleOnce(): () => string {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everspan-crash-'));
    await promisify(execFile)(process.execPath, [
      fileURLToPath(new URL('./bundle-main.mjs', import.meta.url)),
      join(folder, 'bundle.js'),
    ]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return () => join(folder, 'bundle.js');
}

/** A scenario with `workerCount` workers that poll. Everything of it ends with the test. */
export async function startScenario(
  bundlePath: string,
  workerCount: number,
  worker: WorkerProcessOptions['worker'] = {},
): Promise<Scenario> {
  const sgp = await startSgpServer({ kind: 'newer' });
  onTestFinished(() => sgp.close());
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const processor = new SgpProcessor({ apiKey: 'key', accountId: 'account', baseUrl: sgp.url, agentId: CLIENT_AGENT });
  const everspan = new EverspanPlugin({ processors: [processor], logger: { warn: () => {} } });
  const client = await connectClient({ plugins: [everspan] });
  const taskQueue = uniqueQueue('crash');
  const fleet = new Fleet({ address: temporalAddress(), taskQueue, bundlePath, sgpUrl: sgp.url, redisUrl: redis.url, worker });
  onTestFinished(() => fleet.stop());
  await Promise.all(Array.from({ length: workerCount }, () => fleet.add()));
  const isCacheTiny = worker.maxCachedWorkflows !== undefined;
  return { sgp, client, fleet, taskQueue, redisUrl: redis.url, isCacheTiny, flushClient: () => everspan.shutdown(30_000) };
}
