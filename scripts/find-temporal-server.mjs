import { join } from 'node:path';
import { cacheFolder } from './cache-folder.mjs';
import { findOnPath, isExecutable } from './executable.mjs';
import { findTimeSkippingServer } from './find-time-skipping-server.mjs';
import { buildWithGo } from './go-build.mjs';
import { say } from './progress.mjs';
import { downloadWithSdk } from './sdk-download.mjs';

/**
 * Where a Temporal server is: one that runs, the program that starts a dev server (`temporal`), the Java test server's (which
 * takes a port, and lacks schedules, visibility and more), or the line that says how to provide one.
 *
 * @typedef {{ kind: 'address', address: string, source: string }
 *   | { kind: 'dev-server' | 'test-server', path: string, source: string }
 *   | { kind: 'none', line: string }} TemporalServer
 */

const CLI_VERSION = '1.5.1';
const CLI_MODULE = `github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION}`;
const HOW_TO_PROVIDE =
  'no Temporal server could be had: install Go (it is then built once), or put the `temporal` command on PATH, or set TEMPORAL_CLI_PATH to it, or TEMPORAL_ADDRESS to a running server';

/** Where the command-line tool is kept once it was fetched or built. */
const cachedPath = join(cacheFolder, `temporal-${CLI_VERSION}`, 'temporal');

/**
 * A Temporal server, fetched or built when there is none: what is installed, the SDK's own download, a build with Go, the Java
 * test server.
 *
 * @returns {Promise<TemporalServer>}
 */
export async function findTemporalServer() {
  const installed = findInstalledTemporalServer();
  if (installed.kind !== 'none' || process.env['TEMPORAL_CLI_PATH']) return installed;
  if (await downloadWithSdk('dev-server', `v${CLI_VERSION}`, cachedPath))
    return { kind: 'dev-server', path: cachedPath, source: 'SDK download' };
  const go = findOnPath('go');
  if (go !== undefined) {
    const failure = await buildWithGo(go, CLI_MODULE, cachedPath);
    if (failure === undefined) return { kind: 'dev-server', path: cachedPath, source: 'built with Go' };
    say(`go could not build ${CLI_MODULE}:\n${failure}`);
  }
  const testServer = await findTimeSkippingServer();
  if (testServer.kind === 'executable') return { kind: 'test-server', path: testServer.path, source: testServer.source };
  return { kind: 'none', line: HOW_TO_PROVIDE };
}

/**
 * The server that is there already: by `TEMPORAL_ADDRESS`, by `TEMPORAL_CLI_PATH`, on PATH, or in the cache. Fetches nothing.
 *
 * @returns {TemporalServer}
 */
export function findInstalledTemporalServer() {
  const address = process.env['TEMPORAL_ADDRESS'];
  if (address) return { kind: 'address', address, source: 'TEMPORAL_ADDRESS' };
  const named = process.env['TEMPORAL_CLI_PATH'];
  if (named) {
    if (isExecutable(named)) return { kind: 'dev-server', path: named, source: 'TEMPORAL_CLI_PATH' };
    return { kind: 'none', line: `TEMPORAL_CLI_PATH is ${named}, which is not a file that can be executed` };
  }
  const onPath = findOnPath('temporal');
  if (onPath !== undefined) return { kind: 'dev-server', path: onPath, source: 'PATH' };
  if (isExecutable(cachedPath)) return { kind: 'dev-server', path: cachedPath, source: 'cache' };
  return { kind: 'none', line: HOW_TO_PROVIDE };
}
