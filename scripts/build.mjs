/** Compiles src into dist, unless dist is what the present sources give. `npm run build` and `npm pack` run it. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleIsolate } from './bundle-isolate.mjs';
import { bundleWatchdog } from './bundle-watchdog.mjs';
import { contentHash, filesIn } from './content-hash.mjs';
import { enterByRequire } from './enter-by-require.mjs';
import { withExclusive } from './exclusive.mjs';
import { installDependencies } from './install-dependencies.mjs';
import { say, withProgress } from './progress.mjs';
import { repositoryRoot } from './repository-root.mjs';
import { runCommand } from './run-command.mjs';

const SOURCES = [
  'src',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
  'scripts/build.mjs',
  'scripts/bundle-isolate.mjs',
  'scripts/bundle-watchdog.mjs',
  'scripts/enter-by-require.mjs',
];
const DIST = join(repositoryRoot, 'dist');
// Beside dist, not inside a temporary folder: source maps name the sources relative to it.
const DIST_NEW = join(repositoryRoot, '.dist-new');
const DIST_OLD = join(repositoryRoot, '.dist-old');
const STAMP_NAME = '.build-stamp';

/**
 * Builds when dist was not made from the present sources, compared by content.
 *
 * The new dist takes the old one's place by a rename: nobody sees half of it, and nothing of a removed source stays.
 *
 * @throws {Error} with the compiler's messages.
 */
export async function buildWhenStale() {
  if (isFresh()) return;
  await withExclusive(join(repositoryRoot, '.everspan', 'build.lock'), async () => {
    if (isFresh()) return;
    await withProgress('build', async () => {
      const stamp = contentHash(SOURCES);
      rmSync(DIST_NEW, { recursive: true, force: true });
      const { code, output } = await runCommand(join(repositoryRoot, 'node_modules', '.bin', 'tsc'), [
        '-p',
        'tsconfig.build.json',
        '--outDir',
        DIST_NEW,
      ]);
      if (code !== 0) throw new Error(`the build failed:\n${output}`);
      copyAssets();
      // Before the entries become one file that holds none of this.
      await bundleWatchdog(DIST_NEW);
      await bundleIsolate(DIST_NEW);
      enterByRequire(JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')).exports, DIST_NEW);
      writeFileSync(join(DIST_NEW, STAMP_NAME), stamp);
      rmSync(DIST_OLD, { recursive: true, force: true });
      if (existsSync(DIST)) renameSync(DIST, DIST_OLD);
      renameSync(DIST_NEW, DIST);
      rmSync(DIST_OLD, { recursive: true, force: true });
    });
  });
}

/** Whether dist was built from the present sources. */
function isFresh() {
  const stampPath = join(DIST, STAMP_NAME);
  return existsSync(stampPath) && readFileSync(stampPath, 'utf8') === contentHash(SOURCES);
}

/** What the compiler leaves behind: Lua scripts, pages, styles. */
function copyAssets() {
  const src = join(repositoryRoot, 'src');
  for (const file of filesIn(src)) {
    if (file.endsWith('.ts')) continue;
    const target = join(DIST_NEW, relative(src, file));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await installDependencies();
    await buildWhenStale();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
