import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CollectorClient } from '../../src/client/collector-client.js';
import { SgpProcessor } from '../../src/processors/sgp-processor.js';
import type { Span } from '../../src/span/span.js';
import type { ArtefactType } from '../../src/store/artefact-store.js';
import { patientContext } from '../processors/sample-span.js';
import { CLOSED_TRACE, GREET, TRACE } from '../testing/sample-trace.js';
import { sqliteFile } from './kept-spans.js';
import { everspan, type Running, type RunOptions, startEverspan } from './run-everspan.js';
import { emptyFolder } from './span-folder.js';

const fixture = fileURLToPath(new URL('../fixtures/flowmesh/two_branch_synthesis', import.meta.url));
const TYPES: readonly ArtefactType[] = ['spans', 'assets', 'lineage'];
const KEY = 'key-of-team-a-1234';

/** A collector as its own process, over a store with `spans`. */
async function startCollector(spans: readonly Span[], options: RunOptions & { args?: readonly string[] } = {}): Promise<Started> {
  const store = await sqliteFile(spans, { accountId: options.env?.['EVERSPAN_ACCOUNT_ID'] ?? 'default' });
  const running = startEverspan(['serve', '--port', '0', '--store', store, ...(options.args ?? [])], options);
  const [, url] = /on (http:\S+)/.exec(await running.waitFor(/on http:\S+ /)) as unknown as [string, string];
  return { running, url, store };
}

interface Started {
  readonly running: Running;
  readonly url: string;
  readonly store: string;
}

/** A file of the keys of one account. */
function keysFile(keys: readonly string[]): string {
  const file = join(emptyFolder(), 'keys.json');
  writeFileSync(file, JSON.stringify([{ accountId: 'team-a', keys }]));
  return file;
}

describe('everspan trace, of a collector', () => {
  it('answers as the store behind the collector does', async () => {
    const { url, store } = await startCollector(TRACE);
    for (const command of [
      ['list'],
      ['list', '--status', 'ERROR'],
      ['show', 'greet-7'],
      ['analyze', 'greet-7'],
      ['compare', 'greet-7', GREET.traceId],
      ['export', 'greet-7', '-f', 'jaeger'],
    ]) {
      const fromServer = await everspan(['trace', ...command, '--server', url]);
      const fromStore = await everspan(['trace', ...command, '--store', store]);
      // Of a list without traces each says where it looked.
      const stderr = fromStore.stderr.replace(`store ${store}`, `server ${url}`);
      expect(fromServer).toEqual({ ...fromStore, stderr });
      expect(fromServer.code).toBe(0);
    }
  });

  it('analyzes and fetches what tasks uploaded', async () => {
    const { url } = await startCollector([]);
    const client = new CollectorClient({ baseUrl: url });
    for (const type of TYPES) {
      const rows = readFileSync(`${fixture}/${type}.jsonl`, 'utf8').trimEnd().split('\n');
      await client.artefacts.upload('tsk-1', type, rows, { workflowId: 'wfl-1' });
    }
    const env = { EVERSPAN_SERVER: url };
    const { stdout } = await everspan(['trace', 'analyze', 'wfl-1', '-f', 'json'], { env });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(`${fixture}/expected.json`, 'utf8')));
    for (const type of TYPES) {
      const fetched = await everspan(['trace', 'fetch', type, 'wfl-1'], { env });
      expect(fetched.stdout).toBe(readFileSync(`${fixture}/${type}.jsonl`, 'utf8'));
    }
    expect((await everspan(['trace', 'fetch', 'spans', 'wfl-2'], { env })).code).toBe(3);
    expect((await everspan(['trace', 'show', 'f'.repeat(32)], { env })).code).toBe(3);
  });

  it('tails what a processor writes to it', async () => {
    const { url } = await startCollector([GREET]);
    const tail = startEverspan(['trace', 'tail', '--server', url, '--all']);
    await tail.waitFor('greet');
    const processor = new SgpProcessor({ apiKey: 'any-key-at-all', accountId: 'default', baseUrl: url });
    await processor.end(CLOSED_TRACE, patientContext());
    await processor.shutdown();
    await tail.waitFor(/ERROR .* attempt 1 .* no route to host/);
    tail.process.kill('SIGINT');
    expect(await tail.ended).toMatchObject({ code: 0, signal: null });
  });

  it('needs its key where it has one, and names an account that is not the key’s', async () => {
    const { url } = await startCollector(TRACE, { env: { EVERSPAN_API_KEY: KEY, EVERSPAN_ACCOUNT_ID: 'team-a' } });
    const show = (env: Readonly<Record<string, string>>) => everspan(['trace', 'show', 'greet-7', '--server', url], { env });
    expect((await show({ EVERSPAN_API_KEY: KEY })).code).toBe(0);
    for (const env of [{}, { EVERSPAN_API_KEY: 'another-key' }, { EVERSPAN_API_KEY: KEY, EVERSPAN_ACCOUNT_ID: 'team-b' }]) {
      const { code, stdout, stderr } = await show(env);
      expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
      expect(stderr).toMatch(/^everspan: [^\n]+\n$/);
      expect(stderr).not.toContain(KEY);
    }
  });

  it.each([
    ['does not answer', 'http://127.0.0.1:9', 4],
    ['is no address', 'nonsense', 2],
  ])('that %s gives one line', async (_what, url, exitCode) => {
    for (const command of [['list'], ['tail'], ['show', 'x']]) {
      const { code, stderr } = await everspan(['trace', ...command, '--server', url]);
      expect(code).toBe(exitCode);
      expect(stderr).toMatch(/^everspan: [^\n]+\n$/);
    }
  });
});

describe('everspan serve', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'says where it is, and stops at %s with what it acknowledged in the store',
    async (signal) => {
      const { running, url, store } = await startCollector([]);
      const processor = new SgpProcessor({ apiKey: 'any-key-at-all', accountId: 'default', baseUrl: url });
      await processor.end(CLOSED_TRACE, patientContext());
      await processor.shutdown();
      running.process.kill(signal);
      expect(await running.ended).toMatchObject({ code: 0, signal: null });
      const { stdout } = await everspan(['trace', 'show', GREET.traceId, '--store', store, '-f', 'json']);
      expect((JSON.parse(stdout) as { spans: unknown[] }).spans).toHaveLength(CLOSED_TRACE.length);
    },
  );

  it('takes the keys of many accounts from a file, and shows nothing of it when it is not right', async () => {
    const file = keysFile([KEY]);
    const { url } = await startCollector([], { args: ['--keys', file] });
    expect((await everspan(['trace', 'list', '--server', url], { env: { EVERSPAN_API_KEY: KEY } })).code).toBe(0);
    expect((await everspan(['trace', 'list', '--server', url])).code).toBe(5);
    writeFileSync(file, `{"${KEY}"`);
    const { code, stderr } = await everspan(['serve', '--keys', file, '--port', '0', '--store', 'memory:']);
    expect(code).toBe(2);
    expect(stderr).not.toContain(KEY);
  });

  it('removes at once what is older than --retention', async () => {
    const { url } = await startCollector(CLOSED_TRACE, { args: ['--retention', '30d'] });
    const client = new CollectorClient({ baseUrl: url });
    await expect.poll(async () => (await client.traces.list()).items, { timeout: 30_000 }).toEqual([]);
  });

  it.each([
    ['a port that is taken', async () => ['--port', String(new URL((await startCollector([])).url).port)], 1, 'is taken'],
    ['an address for others without keys', async () => ['--host', '0.0.0.0', '--port', '0'], 2, 'without keys'],
    ['a store that is none', async () => ['--store', 'mysql://x', '--port', '0'], 2, 'a store is named by'],
    ['keys that are not there', async () => ['--keys', '/nowhere/keys.json'], 2, 'ENOENT'],
    ['a key that is too short', async () => ['--keys', keysFile(['short']), '--port', '0'], 2, 'must be 8 to 512'],
  ])('ends with one line for %s, and makes nothing', async (_what, args, exitCode, part) => {
    const cwd = emptyFolder();
    const { code, stdout, stderr } = await everspan(['serve', ...(await args())], { cwd });
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    // A store that is there goes before what else lies in the folder: none is left behind.
    expect(readdirSync(cwd)).toEqual([]);
    expect(stderr).toMatch(/^everspan: [^\n]+\n$/);
    expect(stderr).toContain(part);
  });
});
