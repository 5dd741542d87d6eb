import { startRedisServer } from '../../scripts/start-redis-server.mjs';

/**
 * The Redis that the environment names: one that runs (`REDIS_URL`), or one that is started for this process (`EVERSPAN_TEST_REDIS_PATH`).
 *
 * @returns {Promise<{ url: string, stop: () => Promise<void> } | undefined>} `undefined` where there is none.
 */
export async function provideRedis() {
  const { REDIS_URL: url, EVERSPAN_TEST_REDIS_PATH: path } = process.env;
  if (url) return { url, stop: async () => {} };
  return path ? startRedisServer(path) : undefined;
}
