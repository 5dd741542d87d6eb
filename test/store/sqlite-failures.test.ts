import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SpanStoreError } from '../../src/store/errors.js';
import { fromSqliteError } from '../../src/store/sqlite-errors.js';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import { fillUntilRefused, heavyTrace, openForTest } from './filling.js';
import { ACCOUNT, temporaryFolder } from './store-harness.js';
import { ended, traceIdOf, traceOfSpans } from './stored-spans.js';
import { expectWholeBatches, killAfter, startWriter } from './writers.js';

function withCode(code: string, message?: RegExp): unknown {
  return expect.objectContaining({
    name: 'SpanStoreError',
    code,
    ...(message === undefined ? {} : { message: expect.stringMatching(message) as unknown }),
  });
}

describe('a SQLite store on a bad day', () => {
  it('keeps what it acknowledged when its process is killed', async () => {
    const path = join(temporaryFolder(), 'spans.db');
    let acknowledged = 0;
    for (const batches of [1, 7, 40]) {
      acknowledged = Math.max(acknowledged, await killAfter(startWriter(path, '-', 'killed', 100_000), batches));
    }
    await expectWholeBatches(await openForTest({ path }), 'killed', acknowledged);
  });

  it('is opened and written by several processes that start at once', async () => {
    const path = join(temporaryFolder(), 'new folder', 'spans.db');
    const writers = ['a', 'b', 'c', 'd'].map((accountId) => ({ accountId, child: startWriter(path, '-', accountId, 5) }));
    for (const { child } of writers) expect(await child.exit()).toBe(0);
    const store = await openForTest({ path });
    for (const { accountId } of writers) await expectWholeBatches(store, accountId, 5);
  });

  it('says that it is full, keeps nothing of that batch, and goes on once something is pruned', async () => {
    const path = join(temporaryFolder(), 'spans.db');
    const store = await openForTest({ path, sizeBytesMax: 1_000_000 });
    await store.upsert(heavyTrace(1), ACCOUNT);
    const { failure, kept } = await fillUntilRefused(store);
    expect(failure).toEqual(withCode('FULL', /spans\.db/));
    const { items } = await store.listTraces({}, { limit: 100 }, ACCOUNT);
    expect(items).toHaveLength(kept);
    expect(await store.trace(traceIdOf(kept + 1), ACCOUNT)).toEqual([]);
    expect(await store.lastSequence(ACCOUNT)).toBe(kept * 100);
    await store.prune({ endedBefore: Number.MAX_SAFE_INTEGER });
    await store.upsert(heavyTrace(60), ACCOUNT);
    expect(await store.trace(traceIdOf(60), ACCOUNT)).toHaveLength(100);
  });

  it('waits for a locked file without holding up the process, then says LOCKED, and reads meanwhile', async () => {
    const path = join(temporaryFolder(), 'spans.db');
    const store = await openForTest({ path, lockTimeoutMs: 200 });
    await store.upsert([ended()], ACCOUNT);
    const other = new Database(path);
    onTestFinished(() => {
      other.close();
    });
    other.exec('begin immediate');
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 5);
    await expect(store.upsert(traceOfSpans(2, 1), ACCOUNT)).rejects.toEqual(withCode('LOCKED', /spans\.db/));
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(2);
    expect(await store.trace(traceIdOf(1), ACCOUNT)).toHaveLength(1);
    other.exec('rollback');
    expect(await store.upsert(traceOfSpans(2, 1), ACCOUNT)).toEqual(['written']);
  });

  it('takes its turn when the other process is done in time', async () => {
    const path = join(temporaryFolder(), 'spans.db');
    const store = await openForTest({ path, lockTimeoutMs: 30_000 });
    const other = new Database(path);
    onTestFinished(() => {
      other.close();
    });
    other.exec('begin immediate');
    const writing = store.upsert([ended()], ACCOUNT);
    setTimeout(() => other.exec('commit'), 30);
    expect(await writing).toEqual(['written']);
  });

  it('refuses the schema of a newer everspan and leaves it alone', async () => {
    const path = join(temporaryFolder(), 'spans.db');
    const newer = new Database(path);
    newer.exec('create table spans (x); pragma user_version = 99');
    newer.close();
    await expect(SqliteStore.open({ path })).rejects.toEqual(withCode('NEWER_SCHEMA', /99/));
    const after = new Database(path);
    expect(after.prepare('select name from sqlite_master').raw().all()).toEqual([['spans']]);
    after.close();
  });

  it('refuses what is no database, or one of something else', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'text.db'), 'not a database, '.repeat(500));
    await expect(SqliteStore.open({ path: join(folder, 'text.db') })).rejects.toEqual(withCode('CORRUPT'));
    const foreign = new Database(join(folder, 'foreign.db'));
    foreign.exec('create table customers (id)');
    foreign.close();
    await expect(SqliteStore.open({ path: join(folder, 'foreign.db') })).rejects.toEqual(withCode('CORRUPT', /something else/));
  });

  it('says so when the path leads nowhere', async () => {
    const folder = temporaryFolder();
    await expect(SqliteStore.open({ path: join(folder, 'none.db'), create: false })).rejects.toEqual(
      withCode('UNAVAILABLE', /no such/),
    );
    mkdirSync(join(folder, 'folder.db'));
    await expect(SqliteStore.open({ path: join(folder, 'folder.db') })).rejects.toEqual(withCode('UNAVAILABLE'));
    writeFileSync(join(folder, 'file'), '');
    await expect(SqliteStore.open({ path: join(folder, 'file', 'spans.db') })).rejects.toEqual(withCode('UNAVAILABLE'));
  });

  it.each([
    ['SQLITE_READONLY', 'READ_ONLY'],
    ['SQLITE_READONLY_DBMOVED', 'READ_ONLY'],
    ['SQLITE_CORRUPT', 'CORRUPT'],
    ['SQLITE_IOERR_WRITE', 'UNAVAILABLE'],
    ['SQLITE_BUSY_SNAPSHOT', 'LOCKED'],
    ['SQLITE_CONSTRAINT', 'FAILED'],
  ])('calls %s %s', (code, wanted) => {
    const error = fromSqliteError(Object.assign(new RangeError('of SQLite'), { code }), '/a/path');
    expect(error).toBeInstanceOf(SpanStoreError);
    expect(error).toMatchObject({ code: wanted, store: 'sqlite', message: '/a/path: of SQLite' });
  });
});
