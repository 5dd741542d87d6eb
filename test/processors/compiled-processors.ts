import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Path of `processors/index.js`, compiled from the sources as they are now, for tests whose processes are several: Node 20 runs no
 * TypeScript. Removed when the test has finished.
 */
export async function compileProcessors(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'everspan-compiled-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const out = join(folder, 'dist');
  await mkdir(out);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [
    tsc,
    '-p',
    join(ROOT, 'tsconfig.json'),
    '--outDir',
    out,
    '--declaration',
    'false',
  ]);
  return join(out, 'processors', 'index.js');
}
