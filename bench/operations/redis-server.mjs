import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findOnPath } from '../../scripts/executable.mjs';
import { repositoryRoot } from '../../scripts/repository-root.mjs';

/**
 * A Redis of the benchmark's own, without a disk, on a free loopback port: what it fills and empties is nobody else's.
 *
 * @returns {Promise<{ connect: () => Redis, version: string, stop: () => Promise<void> }>}
 * @throws {Error} with how to provide the program.
 */
export async function startRedisServer() {
  const path = process.env['EVERSPAN_TEST_REDIS_PATH'] ?? findOnPath('redis-server');
  if (path === undefined) throw new Error('the benchmark fills a Redis of its own: install redis-server so that it is on PATH');
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const tether = spawn(process.execPath, [join(repositoryRoot, 'scripts', 'tethered.mjs'), path, ...args], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(tether, 'exit');
  /** @type {Redis[]} */
  const clients = [];
  const connect = () => {
    const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    // Until it listens, each attempt to connect fails.
    client.on('error', () => {});
    clients.push(client);
    return client;
  };
  const version = /redis_version:(\S+)/.exec(await connect().info('server'))?.[1] ?? 'of unknown version';
  const stop = async () => {
    for (const client of clients) client.disconnect();
    tether.stdin.end();
    await ended;
  };
  return { connect, version, stop };
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
