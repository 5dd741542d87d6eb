import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash } from './content-hash.mjs';
import { withExclusive } from './exclusive.mjs';
import { withProgress } from './progress.mjs';
import { repositoryRoot } from './repository-root.mjs';
import { runCommand } from './run-command.mjs';

const STAMP_PATH = join(repositoryRoot, 'node_modules', '.everspan-installed');

/**
 * Installs exactly what package-lock.json says, unless that is what node_modules already holds.
 *
 * @throws {Error} with the end of npm's output.
 */
export async function installDependencies() {
  if (isInstalled()) return;
  await withExclusive(join(repositoryRoot, '.everspan', 'install.lock'), async () => {
    if (isInstalled()) return;
    await withProgress('install dependencies (npm ci)', async () => {
      const { code, output } = await runCommand('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline']);
      if (code !== 0) throw new Error(`npm ci failed with code ${code}:\n${output}`);
    });
    writeFileSync(STAMP_PATH, lockHash());
  });
}

/** Whether node_modules was made from the present lock file. */
function isInstalled() {
  return existsSync(STAMP_PATH) && readFileSync(STAMP_PATH, 'utf8') === lockHash();
}

function lockHash() {
  return contentHash(['package-lock.json']);
}
