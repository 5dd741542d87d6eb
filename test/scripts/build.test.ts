import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentHash } from '../../scripts/content-hash.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

// A repository of its own: the real scripts and compiler, a source of one line.
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'everspan-build-'));
  for (const name of ['scripts', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(join(root, 'node_modules', '.bin', 'tsc'), join(folder, 'node_modules', '.bin', 'tsc'));
  for (const name of ['@types', 'undici-types'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  writeFileSync(join(folder, 'node_modules', '.everspan-installed'), contentHash(['package-lock.json']));
  mkdirSync(join(folder, 'src', 'lua'), { recursive: true });
  writeFileSync(join(folder, 'src', 'a.ts'), 'export const a = 1;\n');
  writeFileSync(join(folder, 'src', 'lua', 'b.lua'), 'return 1\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('builds the sources and what lies beside them', () => {
  build();
  expect(readFileSync(join(folder, 'dist', 'a.js'), 'utf8')).toContain('a = 1');
  expect(existsSync(join(folder, 'dist', 'a.d.ts'))).toBe(true);
  expect(existsSync(join(folder, 'dist', 'lua', 'b.lua'))).toBe(true);
});

test('builds again when a source has changed, also when its time has not', () => {
  build();
  writeFileSync(join(folder, 'src', 'a.ts'), 'export const a = 2;\n');
  execFileSync('touch', ['-t', '200001010000', join(folder, 'src', 'a.ts')]);
  build();
  expect(readFileSync(join(folder, 'dist', 'a.js'), 'utf8')).toContain('a = 2');
});

test('does not build what is built', () => {
  build();
  const mark = join(folder, 'dist', 'mark');
  writeFileSync(mark, '');
  build();
  expect(existsSync(mark)).toBe(true);
});

test('leaves nothing of a source that was removed', () => {
  writeFileSync(join(folder, 'src', 'gone.ts'), 'export const gone = 1;\n');
  build();
  rmSync(join(folder, 'src', 'gone.ts'));
  build();
  expect(existsSync(join(folder, 'dist', 'gone.js'))).toBe(false);
});

test('a build that fails says why and keeps no stamp', () => {
  build();
  writeFileSync(join(folder, 'src', 'a.ts'), "export const a: number = '';\n");
  expect(build).toThrow('TS2322');
  expect(build).toThrow('TS2322');
});

function build(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, stdio: 'pipe' });
}
