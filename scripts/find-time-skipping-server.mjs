import { join } from 'node:path';
import { cacheFolder } from './cache-folder.mjs';
import { findOnPath, isExecutable } from './executable.mjs';
import { fetchTestServer } from './maven-test-server.mjs';
import { say } from './progress.mjs';
import { downloadWithSdk } from './sdk-download.mjs';

/**
 * Where the time-skipping test server is: a program that takes a port, or the line that says how to provide one.
 *
 * @typedef {{ kind: 'executable', path: string, source: string } | { kind: 'none', line: string }} TimeSkippingServer
 */

const TEST_SERVER_VERSION = '1.38.0';
const HOW_TO_PROVIDE =
  'no time-skipping server could be had: install Java and Maven, or set EVERSPAN_TEST_TIME_SKIPPING_PATH to a temporal-test-server program';

const cachedPath = join(cacheFolder, `temporal-test-server-${TEST_SERVER_VERSION}`, 'temporal-test-server');
/** What the SDK downloads is a native program; what Maven fetches is a shell script beside its jars. */
const downloadedPath = join(cacheFolder, 'temporal-test-server-sdk', 'temporal-test-server');

/**
 * The test server, fetched when it is not there: by the SDK's own download, else through Maven.
 *
 * @returns {Promise<TimeSkippingServer>}
 */
export async function findTimeSkippingServer() {
  const installed = findInstalledTimeSkippingServer();
  if (installed.kind !== 'none') return installed;
  if (await downloadWithSdk('time-skipping', 'default', downloadedPath))
    return { kind: 'executable', path: downloadedPath, source: 'SDK download' };
  const java = findJava();
  const maven = findOnPath('mvn');
  if (java === undefined || maven === undefined) return { kind: 'none', line: HOW_TO_PROVIDE };
  const failure = await fetchTestServer({ java, maven, version: TEST_SERVER_VERSION, targetPath: cachedPath });
  if (failure === undefined) return { kind: 'executable', path: cachedPath, source: 'Maven' };
  say(`Maven could not fetch the test server:\n${failure}`);
  return { kind: 'none', line: HOW_TO_PROVIDE };
}

/**
 * The test server that is there already: by `EVERSPAN_TEST_TIME_SKIPPING_PATH` or in the cache. Fetches nothing.
 *
 * @returns {TimeSkippingServer}
 */
export function findInstalledTimeSkippingServer() {
  const named = process.env['EVERSPAN_TEST_TIME_SKIPPING_PATH'];
  if (named) return { kind: 'executable', path: named, source: 'EVERSPAN_TEST_TIME_SKIPPING_PATH' };
  for (const path of [downloadedPath, cachedPath]) if (isExecutable(path)) return { kind: 'executable', path, source: 'cache' };
  return { kind: 'none', line: HOW_TO_PROVIDE };
}

/** @returns {string | undefined} */
function findJava() {
  const home = process.env['JAVA_HOME'];
  const ofHome = home ? join(home, 'bin', 'java') : undefined;
  return ofHome !== undefined && isExecutable(ofHome) ? ofHome : findOnPath('java');
}
