import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { missingEntries } from '../scripts/complete-lockfile.mjs';

const text = readFileSync(fileURLToPath(new URL('../package-lock.json', import.meta.url)), 'utf8');
const lock = JSON.parse(text) as Parameters<typeof missingEntries>[0];

test('the lock file has an entry for every platform; `node scripts/complete-lockfile.mjs` adds what lacks', () => {
  expect([...missingEntries(lock).keys()]).toEqual([]);
});

test('the lock file names no host', () => {
  expect(text).not.toContain('"resolved"');
});

test('a platform package that the lock file lacks is found, with its platform', () => {
  const parent = {
    version: '1.2.3',
    dev: true,
    optionalDependencies: { '@a/cli-linux-x64-musl': '1.2.3', '@a/cli-darwin-arm64': '1.2.3' },
  };
  const packages = { '': {}, 'node_modules/a': parent, 'node_modules/@a/cli-darwin-arm64': { version: '1.2.3' } };
  expect([...missingEntries({ packages })]).toEqual([
    [
      'node_modules/@a/cli-linux-x64-musl',
      { version: '1.2.3', cpu: ['x64'], dev: true, libc: ['musl'], optional: true, os: ['linux'] },
    ],
  ]);
});

test('a missing package whose name does not say its platform is an error', () => {
  const packages = { '': {}, 'node_modules/a': { version: '1.0.0', optionalDependencies: { 'a-native': '1.0.0' } } };
  expect(() => missingEntries({ packages })).toThrow('a-native@1.0.0');
});
