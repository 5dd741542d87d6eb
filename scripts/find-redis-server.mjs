import { findOnPath } from './executable.mjs';

/**
 * Where Redis is.
 *
 * @typedef {{ kind: 'address', address: string, source: string }
 *   | { kind: 'executable', path: string, source: string }
 *   | { kind: 'none', line: string }} RedisServer
 */

/**
 * The Redis that is there already: by `REDIS_URL`, or `redis-server` on PATH.
 *
 * @returns {RedisServer}
 */
export function findInstalledRedisServer() {
  const address = process.env['REDIS_URL'];
  if (address) return { kind: 'address', address, source: 'REDIS_URL' };
  const path = process.env['EVERSPAN_TEST_REDIS_PATH'] || findOnPath('redis-server');
  if (path !== undefined) return { kind: 'executable', path, source: 'PATH' };
  return { kind: 'none', line: 'no Redis found: install redis-server, or set REDIS_URL' };
}
