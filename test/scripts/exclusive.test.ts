import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { withExclusive } from '../../scripts/exclusive.mjs';

const folder = mkdtempSync(join(tmpdir(), 'everspan-exclusive-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('only one of several is inside at a time, and each gets its turn', async () => {
  const lockPath = join(folder, 'turns.lock');
  let inside = 0;
  let insideMax = 0;
  const enter = async () => {
    inside += 1;
    insideMax = Math.max(insideMax, inside);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    inside -= 1;
    return true;
  };
  expect(await Promise.all([1, 2, 3].map(() => withExclusive(lockPath, enter)))).toEqual([true, true, true]);
  expect(insideMax).toBe(1);
  expect(existsSync(lockPath)).toBe(false);
});

test('the lock of a process that is gone is taken over', async () => {
  const lockPath = join(folder, 'gone.lock');
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(lockPath, String(pid));
  expect(await withExclusive(lockPath, async () => 'inside')).toBe('inside');
});

test('the lock is released when the work fails', async () => {
  const lockPath = join(folder, 'failed.lock');
  await expect(withExclusive(lockPath, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(lockPath)).toBe(false);
});
