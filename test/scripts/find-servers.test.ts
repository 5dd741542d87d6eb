import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'everspan-find-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cache = join(folder, 'cache');
const cached = executable(join(cache, 'everspan', 'temporal-1.5.1', 'temporal'));
const onPath = executable(join(folder, 'bin', 'temporal'));
const named = executable(join(folder, 'named', 'temporal'));
const redisOnPath = executable(join(folder, 'bin', 'redis-server'));
const postgresBin = dirname(executable(join(folder, 'postgres', 'postgres')));
executable(join(folder, 'postgres', 'initdb'));
const testServer = executable(join(cache, 'everspan', 'temporal-test-server-1.38.0', 'temporal-test-server'));
const empty = join(folder, 'empty');
const bin = dirname(onPath);

describe('an installed Temporal server is found', () => {
  test.each([
    [
      'by its address first',
      { TEMPORAL_ADDRESS: 'a:1', TEMPORAL_CLI_PATH: named, PATH: bin, XDG_CACHE_HOME: cache },
      { kind: 'address', address: 'a:1' },
    ],
    [
      'by the path named before PATH',
      { TEMPORAL_CLI_PATH: named, PATH: bin, XDG_CACHE_HOME: cache },
      { kind: 'dev-server', path: named },
    ],
    ['on PATH before the cache', { PATH: bin, XDG_CACHE_HOME: cache }, { kind: 'dev-server', path: onPath }],
    ['in the cache', { PATH: empty, XDG_CACHE_HOME: cache }, { kind: 'dev-server', path: cached }],
    [
      'in ~/.cache where XDG_CACHE_HOME is not set',
      { PATH: empty, HOME: homeWithCache() },
      { kind: 'dev-server', source: 'cache' },
    ],
    [
      'nowhere, and a line says how to provide it',
      { PATH: empty, XDG_CACHE_HOME: empty },
      { kind: 'none', line: expect.stringContaining('TEMPORAL_CLI_PATH') as string },
    ],
    [
      'nowhere else when the path named is wrong',
      { TEMPORAL_CLI_PATH: empty, PATH: bin, XDG_CACHE_HOME: cache },
      { kind: 'none', line: expect.stringContaining(empty) as string },
    ],
  ])('%s', (_where, env, expected) => {
    expect(find('find-temporal-server.mjs', 'findInstalledTemporalServer', env)).toMatchObject(expected);
  });
});

describe('installed Python clients are found', () => {
  test.each([
    ['by the path named', { EVERSPAN_TEST_PYTHON_PATH: named, XDG_CACHE_HOME: empty }, { kind: 'executable', path: named }],
    [
      'nowhere, and a line says how to provide them',
      { XDG_CACHE_HOME: empty },
      { kind: 'none', line: expect.stringContaining('EVERSPAN_TEST_PYTHON_PATH') as string },
    ],
  ])('%s', (_where, env, expected) => {
    expect(find('find-python-clients.mjs', 'findInstalledPythonClients', env)).toMatchObject(expected);
  });
});

describe('an installed time-skipping server is found', () => {
  test.each([
    [
      'by the path named',
      { EVERSPAN_TEST_TIME_SKIPPING_PATH: named, XDG_CACHE_HOME: cache },
      { kind: 'executable', path: named },
    ],
    ['in the cache', { XDG_CACHE_HOME: cache }, { kind: 'executable', path: testServer }],
    [
      'nowhere, and a line says how to provide it',
      { XDG_CACHE_HOME: empty },
      { kind: 'none', line: expect.stringContaining('Maven') as string },
    ],
  ])('%s', (_where, env, expected) => {
    expect(find('find-time-skipping-server.mjs', 'findInstalledTimeSkippingServer', env)).toMatchObject(expected);
  });
});

describe('an installed Redis is found', () => {
  test.each([
    ['by its address first', { REDIS_URL: 'redis://a', PATH: bin }, { kind: 'address', address: 'redis://a' }],
    ['on PATH', { PATH: bin }, { kind: 'executable', path: redisOnPath }],
    [
      'nowhere, and a line says how to provide it',
      { PATH: empty },
      { kind: 'none', line: expect.stringContaining('REDIS_URL') as string },
    ],
  ])('%s', (_where, env, expected) => {
    expect(find('find-redis-server.mjs', 'findInstalledRedisServer', env)).toMatchObject(expected);
  });
});

describe('an installed PostgreSQL is found', () => {
  test.each([
    ['by its address first', { POSTGRES_URL: 'postgres://a', PATH: postgresBin }, { kind: 'address', address: 'postgres://a' }],
    ['by the folder named before PATH', { EVERSPAN_TEST_POSTGRES_PATH: '/named', PATH: postgresBin }, { path: '/named' }],
    ['on PATH', { PATH: postgresBin }, { kind: 'executable', path: postgresBin }],
  ])('%s', (_where, env, expected) => {
    expect(find('find-postgres-server.mjs', 'findInstalledPostgresServer', env)).toMatchObject(expected);
  });
});

/** What a finder answers in a process that has just this environment. */
function find(script: string, finder: string, env: Readonly<Record<string, string>>): unknown {
  const url = new URL(`../../scripts/${script}`, import.meta.url).href;
  const program = `import { ${finder} } from '${url}'; console.log(JSON.stringify(${finder}()))`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      env,
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    }),
  );
}

function executable(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
}

function homeWithCache(): string {
  executable(join(folder, 'home', '.cache', 'everspan', 'temporal-1.5.1', 'temporal'));
  return join(folder, 'home');
}
