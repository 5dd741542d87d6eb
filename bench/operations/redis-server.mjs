import { Redis } from 'ioredis';
import { findOnPath } from '../../scripts/executable.mjs';
import { startRedisServer } from '../../scripts/start-redis-server.mjs';

/**
 * A Redis of the benchmark's own, without a disk, on a free loopback port: what it fills and empties is nobody else's.
 *
 * @returns {Promise<{ connect: () => Redis, version: string, stop: () => Promise<void> }>}
 * @throws {Error} with how to provide the program.
 */
export async function startOwnRedis() {
  const path = process.env['EVERSPAN_TEST_REDIS_PATH'] ?? findOnPath('redis-server');
  if (path === undefined) throw new Error('the benchmark fills a Redis of its own: install redis-server so that it is on PATH');
  const server = await startRedisServer(path);
  /** @type {Redis[]} */
  const clients = [];
  const connect = () => {
    const client = new Redis(server.url);
    clients.push(client);
    return client;
  };
  const version = /redis_version:(\S+)/.exec(await connect().info('server'))?.[1] ?? 'of unknown version';
  const stop = async () => {
    for (const client of clients) client.disconnect();
    await server.stop();
  };
  return { connect, version, stop };
}
