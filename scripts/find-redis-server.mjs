import { installRedisWithApt } from './apt-redis.mjs';
import { findOnPath } from './executable.mjs';

/**
 * Where Redis is: one that runs, the `redis-server` program, or the line that says how to provide one.
 *
 * @typedef {{ kind: 'address', address: string, source: string }
 *   | { kind: 'executable', path: string, source: string }
 *   | { kind: 'none', line: string }} RedisServer
 */

const HOW_TO_PROVIDE = 'no Redis could be had: install redis-server so that it is on PATH, or set REDIS_URL';

/**
 * Redis, installed when it is not there: by Debian's package, where this user may install it.
 *
 * @returns {Promise<RedisServer>}
 */
export async function findRedisServer() {
  const installed = findInstalledRedisServer();
  if (installed.kind !== 'none') return installed;
  if (!(await installRedisWithApt())) return installed;
  const path = findOnPath('redis-server');
  return path === undefined ? installed : { kind: 'executable', path, source: "Debian's package" };
}

/**
 * The Redis that is there already: by `REDIS_URL`, by `EVERSPAN_TEST_REDIS_PATH`, or on PATH. Installs nothing.
 *
 * @returns {RedisServer}
 */
export function findInstalledRedisServer() {
  const address = process.env['REDIS_URL'];
  if (address) return { kind: 'address', address, source: 'REDIS_URL' };
  const named = process.env['EVERSPAN_TEST_REDIS_PATH'];
  if (named) return { kind: 'executable', path: named, source: 'EVERSPAN_TEST_REDIS_PATH' };
  const path = findOnPath('redis-server');
  return path === undefined ? { kind: 'none', line: HOW_TO_PROVIDE } : { kind: 'executable', path, source: 'PATH' };
}
