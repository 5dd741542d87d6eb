import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shownStore } from '../../src/cli/open-store-at.js';
import { GREET, TRACE } from '../testing/sample-trace.js';
import { sqliteFile } from './kept-spans.js';
import { everspan, startEverspan } from './run-everspan.js';
import { emptyFolder, folderOf, rowsText } from './span-folder.js';

const HINT = 'there are JSONL files beside it: --from .everspan reads them';

/** A folder in which a worker has written JSONL. */
function workerFolder(): string {
  return folderOf({ '.everspan/spans-host-1.jsonl': rowsText(TRACE) });
}

describe('an empty store that nobody has named, with JSONL files beside it', () => {
  it('is said to be empty, and where its traces may be', async () => {
    const cwd = workerFolder();
    const path = await sqliteFile([], { path: join(cwd, '.everspan', 'spans.db') });
    const empty = { code: 0, stdout: '', stderr: `no traces in store ${path}; ${HINT}\n` };
    expect(await everspan(['trace', 'list'], { cwd })).toMatchObject(empty);
    const json = await everspan(['trace', 'list', '-f', 'json'], { cwd });
    expect(json).toMatchObject({ ...empty, stdout: expect.stringContaining('"traces": []') as unknown });
    for (const command of [['show'], ['analyze'], ['export'], ['tail'], ['fetch', 'spans'], ['analyze', '--by', 'tasks']]) {
      const { code, stderr } = await everspan(['trace', ...command, 'greet-7'], { cwd });
      expect({ command, code }).toEqual({ command, code: 3 });
      expect(stderr).toMatch(/^everspan: no [^\n]+\n$/);
      expect(stderr).toContain(`in store ${path}; ${HINT}\n`);
    }
    const tail = startEverspan(['trace', 'tail'], { cwd });
    await tail.waitFor(`no traces in store ${path} yet; ${HINT}\n`, 'stderr');
    expect((await everspan(['trace', 'show', 'greet-7', '--from', '.everspan'], { cwd })).stdout).toContain(GREET.traceId);
  });

  it('is named alone where nothing lies beside it, or where the user has named it', async () => {
    const cwd = emptyFolder();
    const path = await sqliteFile([], { path: join(cwd, '.everspan', 'spans.db') });
    expect((await everspan(['trace', 'list'], { cwd })).stderr).toBe(`no traces in store ${path}\n`);
    const beside = workerFolder();
    const named = await sqliteFile([], { path: join(beside, '.everspan', 'spans.db') });
    const args = ['trace', 'list', '--store', '.everspan/spans.db'];
    expect((await everspan(args, { cwd: beside })).stderr).toBe(`no traces in store ${named}\n`);
  });
});

describe('a collector that does not start', () => {
  it('leaves the traces of a folder where they are read', async () => {
    const cwd = workerFolder();
    expect((await everspan(['serve', '--host', '0.0.0.0'], { cwd })).code).toBe(2);
    expect(existsSync(join(cwd, '.everspan', 'spans.db'))).toBe(false);
    expect((await everspan(['trace', 'show', 'greet-7'], { cwd })).stdout).toContain(GREET.traceId);
  });
});

it.each([
  ['spans.db', '/app/spans.db'],
  ['sqlite:///data/spans.db', '/data/spans.db'],
  ['postgres://someone:secret@db.example:5433/traces?sslmode=require', 'postgres://db.example:5433/traces'],
  ['postgres://some one:secret', 'postgres'],
])('the store %s is shown as %s', (url, shown) => {
  expect(shownStore(url, '/app')).toBe(shown);
});
