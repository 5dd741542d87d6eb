import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.mjs';
import { findOnPath, isExecutable } from './executable.mjs';

/**
 * Where a Temporal server is.
 *
 * @typedef {{ kind: 'address', address: string, source: string }
 *   | { kind: 'dev-server', path: string, source: string }
 *   | { kind: 'none', line: string }} TemporalServer
 */

export const TEMPORAL_CLI_VERSION = '1.5.1';

/** Where the command-line tool is kept once it was built. */
export const cachedTemporalPath = join(cacheFolder, `temporal-${TEMPORAL_CLI_VERSION}`, 'temporal');

/**
 * The server that is there already: by `TEMPORAL_ADDRESS`, by `TEMPORAL_CLI_PATH`, on PATH, or in the cache.
 *
 * @returns {TemporalServer}
 */
export function findInstalledTemporalServer() {
  const address = process.env['TEMPORAL_ADDRESS'];
  if (address) return { kind: 'address', address, source: 'TEMPORAL_ADDRESS' };
  const named = process.env['TEMPORAL_CLI_PATH'];
  if (named) {
    if (isExecutable(named)) return { kind: 'dev-server', path: named, source: 'TEMPORAL_CLI_PATH' };
    return {
      kind: 'none',
      line: `TEMPORAL_CLI_PATH is ${named}, which is not an executable file${existsSync(named) ? '' : ': it does not exist'}`,
    };
  }
  const onPath = findOnPath('temporal');
  if (onPath !== undefined) return { kind: 'dev-server', path: onPath, source: 'PATH' };
  if (isExecutable(cachedTemporalPath)) return { kind: 'dev-server', path: cachedTemporalPath, source: 'cache' };
  return {
    kind: 'none',
    line: 'no Temporal server found: run `npm test`, which fetches one, or set TEMPORAL_CLI_PATH or TEMPORAL_ADDRESS',
  };
}
