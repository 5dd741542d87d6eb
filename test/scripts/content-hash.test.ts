import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentHash } from '../../scripts/content-hash.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'everspan-hash-'));
  mkdirSync(join(folder, 'inner'));
  writeFileSync(join(folder, 'inner', 'a.ts'), 'a');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['edited', () => writeFileSync(join(folder, 'inner', 'a.ts'), 'b')],
  ['added', () => writeFileSync(join(folder, 'b.ts'), '')],
  ['renamed', () => renameSync(join(folder, 'inner', 'a.ts'), join(folder, 'inner', 'b.ts'))],
  ['removed', () => rmSync(join(folder, 'inner', 'a.ts'))],
])('the hash changes when a file is %s', (_how, change) => {
  const before = contentHash([folder]);
  change();
  expect(contentHash([folder])).not.toBe(before);
});

test('the hash does not change with the time of a file', () => {
  const before = contentHash([folder]);
  utimesSync(join(folder, 'inner', 'a.ts'), 1, 1);
  expect(contentHash([folder])).toBe(before);
});

test('a file that does not exist yet counts as such', () => {
  const before = contentHash([join(folder, 'later.ts')]);
  writeFileSync(join(folder, 'later.ts'), 'x');
  expect(contentHash([join(folder, 'later.ts')])).not.toBe(before);
});
