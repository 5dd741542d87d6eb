import { findPostgresServer } from './find-postgres-server.mjs';
import { findPythonClients } from './find-python-clients.mjs';
import { findRedisServer } from './find-redis-server.mjs';
import { findTemporalServer } from './find-temporal-server.mjs';
import { findTimeSkippingServer } from './find-time-skipping-server.mjs';
import { say } from './progress.mjs';

/**
 * Finds every server, says which and from where, and gives the environment variables that hand them on.
 *
 * `TEMPORAL_ADDRESS` or `TEMPORAL_CLI_PATH`, `EVERSPAN_TEST_TIME_SKIPPING_PATH`, `REDIS_URL` or `EVERSPAN_TEST_REDIS_PATH`,
 * `POSTGRES_URL` or `EVERSPAN_TEST_POSTGRES_PATH`, `EVERSPAN_TEST_PYTHON_PATH`.
 *
 * @param {{ names: readonly ('temporal' | 'time-skipping' | 'redis' | 'postgres' | 'python')[] }} options - Which servers are wanted.
 * @returns {Promise<{ env: Record<string, string>, missing: string[] }>} `missing` has one line for each that could not be had.
 */
export async function provideServers({ names }) {
  /** @type {Record<string, string>} */
  const env = {};
  /** @type {string[]} */
  const missing = [];
  if (names.includes('temporal')) {
    const temporal = await findTemporalServer();
    if (temporal.kind === 'none') missing.push(temporal.line);
    else if (temporal.kind === 'address') env['TEMPORAL_ADDRESS'] = temporal.address;
    else if (temporal.kind === 'dev-server') env['TEMPORAL_CLI_PATH'] = temporal.path;
    else env['EVERSPAN_TEST_SERVER_PATH'] = temporal.path;
    if (temporal.kind !== 'none')
      say(`Temporal server: ${temporal.kind === 'address' ? temporal.address : temporal.path} (${temporal.source})`);
  }
  if (names.includes('time-skipping')) {
    const timeSkipping = await findTimeSkippingServer();
    if (timeSkipping.kind === 'none') missing.push(timeSkipping.line);
    else {
      env['EVERSPAN_TEST_TIME_SKIPPING_PATH'] = timeSkipping.path;
      say(`time-skipping server: ${timeSkipping.path} (${timeSkipping.source})`);
    }
  }
  if (names.includes('redis')) {
    const redis = await findRedisServer();
    if (redis.kind === 'none') missing.push(redis.line);
    else if (redis.kind === 'address') env['REDIS_URL'] = redis.address;
    else env['EVERSPAN_TEST_REDIS_PATH'] = redis.path;
    // An address may carry a password.
    if (redis.kind !== 'none')
      say(`Redis: ${redis.kind === 'address' ? 'as REDIS_URL says' : `${redis.path} (${redis.source})`}`);
  }
  if (names.includes('postgres')) {
    const postgres = await findPostgresServer();
    if (postgres.kind === 'none') missing.push(postgres.line);
    else if (postgres.kind === 'address') env['POSTGRES_URL'] = postgres.address;
    else env['EVERSPAN_TEST_POSTGRES_PATH'] = postgres.path;
    if (postgres.kind !== 'none')
      say(`PostgreSQL: ${postgres.kind === 'address' ? 'as POSTGRES_URL says' : `${postgres.path} (${postgres.source})`}`);
  }
  if (names.includes('python')) {
    const clients = await findPythonClients();
    if (clients.kind === 'none') missing.push(clients.line);
    else {
      env['EVERSPAN_TEST_PYTHON_PATH'] = clients.path;
      say(`Python clients: ${clients.path} (${clients.source})`);
    }
  }
  for (const line of missing) say(line);
  return { env, missing };
}
