import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installWithApt } from './apt-package.mjs';
import { findOnPath, isExecutable } from './executable.mjs';

/**
 * Where PostgreSQL is: one that runs, the folder with `initdb` and `postgres`, or the line that says how to provide one.
 *
 * @typedef {{ kind: 'address', address: string, source: string }
 *   | { kind: 'executable', path: string, source: string }
 *   | { kind: 'none', line: string }} PostgresServer
 */

const HOW_TO_PROVIDE =
  'no PostgreSQL could be had: install postgresql so that initdb and postgres are on PATH, or set POSTGRES_URL';
/** Where Debian puts each version's programs; only the client's are on PATH there. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';

/**
 * PostgreSQL, installed when it is not there: by Debian's package, where this user may install it.
 *
 * @returns {Promise<PostgresServer>}
 */
export async function findPostgresServer() {
  const installed = findInstalledPostgresServer();
  if (installed.kind !== 'none') return installed;
  const isThere = () => findProgramFolder() !== undefined;
  if (!(await installWithApt('postgresql', isThere))) return installed;
  const path = findProgramFolder();
  return path === undefined ? installed : { kind: 'executable', path, source: "Debian's package" };
}

/**
 * The PostgreSQL that is there already: by `POSTGRES_URL`, by `EVERSPAN_TEST_POSTGRES_PATH` (a folder), on PATH, or in Debian's folder.
 * Installs nothing.
 *
 * @returns {PostgresServer}
 */
export function findInstalledPostgresServer() {
  const address = process.env['POSTGRES_URL'];
  if (address) return { kind: 'address', address, source: 'POSTGRES_URL' };
  const named = process.env['EVERSPAN_TEST_POSTGRES_PATH'];
  if (named) return { kind: 'executable', path: named, source: 'EVERSPAN_TEST_POSTGRES_PATH' };
  const path = findProgramFolder();
  return path === undefined ? { kind: 'none', line: HOW_TO_PROVIDE } : { kind: 'executable', path, source: 'installed' };
}

/** @returns {string | undefined} */
function findProgramFolder() {
  const onPath = findOnPath('postgres');
  // A link on PATH may lead to where the other programs are.
  const folders = onPath === undefined ? [] : [dirname(onPath), dirname(realpathSync(onPath))];
  if (existsSync(DEBIAN_FOLDER)) {
    const versions = readdirSync(DEBIAN_FOLDER).sort((a, b) => Number(b) - Number(a));
    folders.push(...versions.map((version) => join(DEBIAN_FOLDER, version, 'bin')));
  }
  return folders.find((folder) => ['postgres', 'initdb'].every((program) => isExecutable(join(folder, program))));
}
