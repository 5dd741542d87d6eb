import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.mjs';
import { withExclusive } from './exclusive.mjs';
import { findOnPath } from './executable.mjs';
import { say, withProgress } from './progress.mjs';
import { forgetFailure, rememberedFailure, rememberFailure } from './remembered-failure.mjs';
import { repositoryRoot } from './repository-root.mjs';
import { runCommand } from './run-command.mjs';

/**
 * Where a Python is that has the clients `scale-gp-beta` and `agentex-sdk`, or the line that says how to provide one.
 *
 * @typedef {{ kind: 'executable', path: string, source: string } | { kind: 'none', line: string }} PythonClients
 */

const HOW_TO_PROVIDE =
  'no Python clients could be had: install Python 3.11 or newer with venv and pip, or set EVERSPAN_TEST_PYTHON_PATH to one that has what scripts/python-clients.txt lists';
const LIMIT_MS = 8 * 60 * 1000;
const NOTE = 'python-clients';

const pinsPath = join(repositoryRoot, 'scripts', 'python-clients.txt');
const pinsHash = createHash('sha256').update(readFileSync(pinsPath)).digest('hex').slice(0, 12);
/** An environment of these very pins: others have another folder. */
const folder = join(cacheFolder, `python-clients-${pinsHash}`);
const python = join(folder, 'bin', 'python');
/** Written last: an environment without it was not finished. */
const finishedPath = join(folder, 'finished');

/**
 * The Python with the clients, its environment made in the cache where it is not there.
 *
 * @returns {Promise<PythonClients>}
 */
export async function findPythonClients() {
  const installed = findInstalledPythonClients();
  if (installed.kind !== 'none') return installed;
  const base = findOnPath('python3');
  if (base === undefined || rememberedFailure(NOTE) !== undefined) return installed;
  return withExclusive(`${folder}.lock`, async () => {
    if (existsSync(finishedPath)) return findInstalledPythonClients();
    const failure = await withProgress('install the Python clients', () => install(base));
    if (failure === undefined) {
      forgetFailure(NOTE);
      return findInstalledPythonClients();
    }
    rememberFailure(NOTE, failure.slice(-500));
    say(`the Python clients could not be installed; this is not tried again for a day:\n${failure}`);
    return installed;
  });
}

/**
 * The Python that is there already: by `EVERSPAN_TEST_PYTHON_PATH` or in the cache. Installs nothing.
 *
 * @returns {PythonClients}
 */
export function findInstalledPythonClients() {
  const named = process.env['EVERSPAN_TEST_PYTHON_PATH'];
  if (named) return { kind: 'executable', path: named, source: 'EVERSPAN_TEST_PYTHON_PATH' };
  return existsSync(finishedPath)
    ? { kind: 'executable', path: python, source: 'cache' }
    : { kind: 'none', line: HOW_TO_PROVIDE };
}

/**
 * @param {string} base - The Python that the environment is made with.
 * @returns {Promise<string | undefined>} `undefined` when it is installed, else the end of the output.
 */
async function install(base) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cacheFolder, { recursive: true });
  const steps = [
    { program: base, args: ['-m', 'venv', folder] },
    // The list has all that is imported; what the packages would bring besides is ten times as much.
    { program: python, args: ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', pinsPath] },
    { program: python, args: ['-c', 'import scale_gp_beta, agentex'] },
  ];
  for (const { program, args } of steps) {
    const { code, output } = await runCommand(program, args, { timeoutMs: LIMIT_MS });
    if (code !== 0) return output;
  }
  writeFileSync(finishedPath, '');
  return undefined;
}
