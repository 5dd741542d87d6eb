import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Span } from '../../src/span/span.js';
import type { ArtefactType } from '../../src/store/artefact-store.js';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import { CLOSED_TRACE, GREET, TRACE } from '../testing/sample-trace.js';
import { sqliteFile } from './kept-spans.js';
import { everspan, startEverspan } from './run-everspan.js';
import { emptyFolder, spanFolder } from './span-folder.js';

const fixture = fileURLToPath(new URL('../fixtures/flowmesh/two_branch_synthesis', import.meta.url));
const TYPES: readonly ArtefactType[] = ['spans', 'assets', 'lineage'];
const linesOf = (type: ArtefactType): string[] => readFileSync(`${fixture}/${type}.jsonl`, 'utf8').trimEnd().split('\n');
const UPLOADS = TYPES.map((type) => ({ taskId: 'tsk-1', workflowId: 'wfl-1', type, rows: linesOf(type) }));

describe('everspan trace, of a SQLite store', () => {
  it('lists, shows and exports what a folder with the same spans gives', async () => {
    const [store, folder] = [await sqliteFile(TRACE), spanFolder(TRACE)];
    for (const command of [
      ['list'],
      ['list', '-f', 'json'],
      ['show', 'greet-7'],
      ['show', GREET.traceId, '-f', 'json'],
      ['export', 'greet-7', '-f', 'folded'],
      ['analyze', 'greet-7'],
    ]) {
      const fromStore = await everspan(['trace', ...command, '--store', store]);
      expect(fromStore).toMatchObject({ code: 0, stderr: '' });
      const fromFolder = await everspan(['trace', ...command, '--from', folder]);
      // The order of keys in JSON is nobody's promise.
      if (command.includes('json')) expect(JSON.parse(fromStore.stdout)).toEqual(JSON.parse(fromFolder.stdout));
      else expect(fromStore.stdout).toBe(fromFolder.stdout);
    }
  });

  it('analyzes and fetches rows of tasks', async () => {
    const store = await sqliteFile([], { uploads: UPLOADS });
    const { stdout } = await everspan(['trace', 'analyze', 'wfl-1', '--store', store, '-f', 'json']);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(`${fixture}/expected.json`, 'utf8')));
    for (const type of TYPES) {
      const fetched = await everspan(['trace', 'fetch', type, 'wfl-1', '--store', store]);
      expect(fetched.stdout).toBe(readFileSync(`${fixture}/${type}.jsonl`, 'utf8'));
    }
    expect(await everspan(['trace', 'fetch', 'spans', 'wfl-2', '--store', store])).toMatchObject({ code: 3, stdout: '' });
  });

  it('shows an account only what is its own', async () => {
    const store = await sqliteFile(TRACE, { accountId: 'team-a' });
    expect((await everspan(['trace', 'show', 'greet-7', '--store', store])).code).toBe(3);
    expect((await everspan(['trace', 'show', 'greet-7', '--store', store, '--account', 'team-a'])).code).toBe(0);
    expect(
      (await everspan(['trace', 'show', 'greet-7'], { env: { EVERSPAN_STORE: store, EVERSPAN_ACCOUNT_ID: 'team-a' } })).code,
    ).toBe(0);
  });

  it('tails what another process writes', async () => {
    const path = await sqliteFile([]);
    const tail = startEverspan(['trace', 'tail', '--store', path, '--count', '2']);
    // Nothing tells that it has begun to look; whatever it shows of these came after that.
    const writer = await SqliteStore.open({ path });
    let isEnded = false;
    void tail.ended.then(() => (isEnded = true));
    for (let number = 1; !isEnded; number += 1) {
      await writer.upsert([{ ...GREET, spanId: number.toString(16).padStart(16, '0') }], { accountId: 'default' });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await writer.close();
    const { code, stdout } = await tail.ended;
    expect(code).toBe(0);
    expect(stdout.match(/OK .* workflow greet 120 ms\n/g)).toHaveLength(2);
  });

  it('is the one in the working folder where nothing else is said', async () => {
    const folder = emptyFolder();
    await sqliteFile(TRACE, { path: join(folder, '.everspan', 'spans.db') });
    expect((await everspan(['trace', 'list'], { cwd: folder })).stdout).toContain('greet-7');
  });

  it.each([
    ['is not there', '/nowhere/spans.db', 3, 'no such store'],
    ['is no store', 'redis://localhost', 2, 'a store is named by'],
  ])('that %s gives one line', async (_what, url, exitCode, part) => {
    const { code, stderr } = await everspan(['trace', 'list', '--store', url]);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(/^everspan: [^\n]+\n$/);
    expect(stderr).toContain(part);
  });

  it('that is damaged gives one line', async () => {
    const path = join(emptyFolder(), 'spans.db');
    writeFileSync(path, 'this is no database, whatever its name says'.repeat(100));
    const { code, stderr } = await everspan(['trace', 'list', '--store', path]);
    expect(code).toBe(6);
    expect(stderr).toMatch(/^everspan: [^\n]+\n$/);
  });
});

describe('everspan store prune', () => {
  const recent: Span = { ...GREET, traceId: 'c'.repeat(32), startTime: Date.now() * 1_000, endTime: Date.now() * 1_000 + 5 };

  it('removes what ended before the time that is given, and says how much', async () => {
    const store = await sqliteFile([...CLOSED_TRACE, recent]);
    const { code, stdout } = await everspan(['store', 'prune', '--store', store, '--before', '1d']);
    expect(code).toBe(0);
    expect(stdout).toContain('removed 1 traces (5 spans)');
    const { traces } = JSON.parse((await everspan(['trace', 'list', '--store', store, '-f', 'json'])).stdout) as {
      traces: { traceId: string }[];
    };
    expect(traces.map(({ traceId }) => traceId)).toEqual([recent.traceId]);
  });

  it('leaves open traces unless asked, and tells machines in JSON', async () => {
    const store = await sqliteFile(TRACE);
    const prune = async (...args: string[]): Promise<unknown> =>
      JSON.parse((await everspan(['store', 'prune', '--store', store, '-f', 'json', ...args])).stdout);
    expect(await prune('--before', '2030-01-01')).toMatchObject({ traces: 0 });
    expect(await prune('--before', '2100-01-01', '--include-open')).toMatchObject({ traces: 1, spans: 5 });
  });

  it('wants a time', async () => {
    const { code, stderr } = await everspan(['store', 'prune', '--store', await sqliteFile([])]);
    expect(code).toBe(2);
    expect(stderr).toContain("required option '--before <time>' not specified");
  });
});
