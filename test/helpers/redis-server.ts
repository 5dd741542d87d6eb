import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { findOnPath } from '../../scripts/executable.mjs';
import { freePort } from '../../scripts/free-port.mjs';
import { requireServer } from './servers.js';

const READY_LIMIT_MS = 30_000;
const TETHER = new URL('../../scripts/tethered.mjs', import.meta.url).pathname;

/** A `redis-server` of this test's own, on a free loopback port. */
export interface StartedRedis {
  readonly port: number;
  readonly url: string;
  /** Ends it by SIGKILL and starts it again on the same port with what it had on the disk. */
  restart(): Promise<void>;
  /** Ends it by SIGKILL; what it had on the disk stays. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one, and waits until it answers. It ends with this process, however that ends. */
export async function startRedis(...args: string[]): Promise<StartedRedis> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'everspan-redis-'));
  const command = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--loglevel',
    'warning',
    '--repl-diskless-sync-delay',
    '0',
    ...args,
  ];
  return startRedisWith(port, folder, command);
}

/** Starts `redis-server` with these arguments. `folder`, where it keeps what it writes, goes when it is stopped. */
export async function startRedisWith(port: number, folder: string, command: readonly string[]): Promise<StartedRedis> {
  let process_ = await launch(port, command);
  const kill = async (): Promise<void> => {
    if (process_.exitCode !== null || process_.signalCode !== null) return;
    const ended = once(process_, 'exit');
    // The server's own process is the child of the tether, which leads their group.
    process.kill(-(process_.pid as number), 'SIGKILL');
    await ended;
    await untilClosed(port);
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    restart: async () => {
      await kill();
      process_ = await launch(port, command);
    },
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a Cluster of three masters; the slots are spread evenly. */
export async function startRedisCluster(): Promise<{ readonly ports: readonly number[]; stop(): Promise<void> }> {
  const started = await Promise.all(
    [0, 1, 2].map(async () =>
      startRedis('--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`, '--cluster-node-timeout', '2000'),
    ),
  );
  const clients = started.map(({ port }) => new Redis(port, '127.0.0.1'));
  const [first, ...others] = clients as [Redis, ...Redis[]];
  await Promise.all(clients.map((client, index) => client.cluster('ADDSLOTSRANGE', ...(SLOT_RANGES[index] as [number, number]))));
  for (const { port } of started.slice(1)) await first.call('CLUSTER', 'MEET', '127.0.0.1', port, await busPort(port, others));
  const deadline = Date.now() + READY_LIMIT_MS;
  for (const client of clients) {
    while (!/cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(String(await client.cluster('INFO')))) {
      if (Date.now() > deadline) throw new Error('the Redis Cluster did not come together within 30 s');
      await wait(50);
    }
  }
  for (const client of clients) client.disconnect();
  return {
    ports: started.map(({ port }) => port),
    stop: async () => {
      await Promise.all(started.map((server) => server.stop()));
    },
  };
}

const SLOT_RANGES = [
  [0, 5460],
  [5461, 10922],
  [10923, 16383],
] as const;

async function busPort(port: number, clients: readonly Redis[]): Promise<number> {
  const client = clients.find(({ options }) => options.port === port) as Redis;
  const [, busPortText] = (await client.config('GET', 'cluster-port')) as string[];
  return Number(busPortText);
}

/**
 * The `redis-server` program.
 *
 * @throws Error with the line that says how to provide it.
 */
function redisPath(): string {
  return inject('redisServer')?.path ?? findOnPath('redis-server') ?? requireServer('redisServer', 'path');
}

async function launch(port: number, args: readonly string[]): Promise<ChildProcess> {
  const started = spawn(process.execPath, [TETHER, redisPath(), ...args], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [started.stdout, started.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-4_000);
    });
  }
  const probe = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: null });
  probe.on('error', () => {});
  const deadline = new AbortController();
  try {
    await Promise.race([
      probe.ping(),
      once(started, 'exit').then(() => {
        throw new Error(`redis-server ended before it answered:\n${output}`);
      }),
      wait(READY_LIMIT_MS, undefined, { signal: deadline.signal }).then(() => {
        throw new Error(`redis-server did not answer within 30 s:\n${output}`);
      }),
    ]);
  } finally {
    deadline.abort();
    probe.disconnect();
  }
  return started;
}

/** The tether is gone before its child is, which still holds the port for a moment. */
async function untilClosed(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(
      () => false,
    );
    socket.destroy();
    if (!isOpen) return;
    await wait(5);
  }
}
