import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.mjs';
import { withExclusive } from './exclusive.mjs';
import { findOnPath } from './executable.mjs';
import { say, withProgress } from './progress.mjs';
import { forgetFailure, rememberedFailure, rememberFailure } from './remembered-failure.mjs';
import { runCommand } from './run-command.mjs';

const LIMIT_MS = 5 * 60 * 1000;
const POLICY_PATH = '/usr/sbin/policy-rc.d';

/**
 * Installs a package of Debian's without starting its service; false where this user may not, or it failed within a day.
 *
 * @param {string} name
 * @param {() => boolean} isThere - Whether what it brings is there already, e.g. since another process installed it.
 * @returns {Promise<boolean>}
 */
export async function installWithApt(name, isThere) {
  if (process.getuid?.() !== 0 || findOnPath('apt-get') === undefined) return false;
  const note = `apt-${name}`;
  if (rememberedFailure(note) !== undefined) return false;
  return withExclusive(join(cacheFolder, `${note}.lock`), async () => {
    if (isThere()) return true;
    const failure = await withProgress(`install ${name} (Debian's package)`, () => withoutServiceStart(() => install(name)));
    if (failure === undefined) {
      forgetFailure(note);
      return true;
    }
    rememberFailure(note, failure.slice(-500));
    say(`${name} could not be installed; this is not tried again for a day:\n${failure}`);
    return false;
  });
}

/**
 * @param {string} name
 * @returns {Promise<string | undefined>} `undefined` when it is installed, else the end of the output.
 */
async function install(name) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const lockWait = ['-o', 'DPkg::Lock::Timeout=120'];
  // A mirror that cannot be refreshed may still have the package in its old list: only the second step decides.
  await runCommand('apt-get', ['-q', ...lockWait, 'update'], { env, timeoutMs: LIMIT_MS });
  const args = ['-q', '-y', ...lockWait, '--no-install-recommends', 'install', name];
  const { code, output } = await runCommand('apt-get', args, { env, timeoutMs: LIMIT_MS });
  return code === 0 ? undefined : output;
}

/**
 * What `work` gives, while Debian's policy says that no service may be started; a policy that is there already stays.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withoutServiceStart(work) {
  if (existsSync(POLICY_PATH)) return work();
  writeFileSync(POLICY_PATH, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await work();
  } finally {
    rmSync(POLICY_PATH, { force: true });
  }
}
