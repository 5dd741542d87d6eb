import { join } from 'node:path';
import { cacheFolder } from './cache-folder.mjs';
import { isExecutable } from './executable.mjs';

/**
 * Where the time-skipping test server is.
 *
 * @typedef {{ kind: 'executable', path: string, source: string } | { kind: 'none', line: string }} TimeSkippingServer
 */

export const TEST_SERVER_VERSION = '1.38.0';

/** Shell script that starts the Java test server on the port it is given. */
export const cachedTestServerPath = join(cacheFolder, `temporal-test-server-${TEST_SERVER_VERSION}`, 'temporal-test-server');

/**
 * The test server that is there already: by `EVERSPAN_TEST_TIME_SKIPPING_PATH` or in the cache.
 *
 * @returns {TimeSkippingServer}
 */
export function findInstalledTimeSkippingServer() {
  const named = process.env['EVERSPAN_TEST_TIME_SKIPPING_PATH'];
  if (named) return { kind: 'executable', path: named, source: 'EVERSPAN_TEST_TIME_SKIPPING_PATH' };
  if (isExecutable(cachedTestServerPath)) return { kind: 'executable', path: cachedTestServerPath, source: 'cache' };
  return { kind: 'none', line: 'no time-skipping server found: run `npm test`, which fetches one' };
}
