import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../scripts/free-port.mjs';
import { startRedis, type StartedRedis, startRedisWith } from './redis-server.js';

const READY_LIMIT_MS = 30_000;
const QUORUM = 2;

/** A master, its replica, and three Sentinels that watch over them. */
export interface StartedSentinels {
  readonly name: string;
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  readonly master: StartedRedis;
  readonly replica: StartedRedis;
  stop(): Promise<void>;
}

/** Starts them on free loopback ports, and waits until each Sentinel knows the replica and the two others. */
export async function startRedisSentinels(): Promise<StartedSentinels> {
  const name = 'operations';
  const master = await startRedis();
  const replica = await startRedis('--replicaof', `127.0.0.1 ${master.port}`);
  // A Sentinel asks a master for its replicas when it first sees it, and then every 10 s: it has to be there by then.
  await untilSays(replica.port, (client) => client.info('replication'), /master_link_status:up/);
  const watchers = await Promise.all([0, 1, 2].map(() => startSentinel(name, master.port)));
  for (const { port } of watchers) {
    const known = async (client: Redis) => JSON.stringify(await client.call('SENTINEL', 'MASTER', name));
    await untilSays(port, known, /"num-slaves","1","num-other-sentinels","2"/);
  }
  return {
    name,
    sentinels: watchers.map(({ port }) => ({ host: '127.0.0.1', port })),
    master,
    replica,
    stop: async () => {
      // The Sentinels first: what is stopped then is nothing to fail over.
      for (const servers of [watchers, [master, replica]]) await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

async function startSentinel(name: string, masterPort: number): Promise<StartedRedis> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'everspan-sentinel-'));
  const path = join(folder, 'sentinel.conf');
  // It keeps what it learns in this file.
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    'loglevel warning',
    `sentinel monitor ${name} 127.0.0.1 ${masterPort} ${QUORUM}`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 6000`,
  ];
  writeFileSync(path, `${settings.join('\n')}\n`);
  return startRedisWith(port, folder, [path, '--sentinel']);
}

async function untilSays(port: number, ask: (client: Redis) => Promise<string>, expected: RegExp): Promise<void> {
  const client = new Redis(port, '127.0.0.1');
  const deadline = Date.now() + READY_LIMIT_MS;
  try {
    for (;;) {
      const said = await ask(client);
      if (expected.test(said)) return;
      if (Date.now() > deadline) throw new Error(`the server on port ${port} is not ready after 30 s: ${said}`);
      await wait(50);
    }
  } finally {
    client.disconnect();
  }
}
