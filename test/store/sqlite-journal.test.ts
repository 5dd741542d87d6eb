import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'libsql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SQLITE_MIGRATIONS } from '../../src/store/sqlite-migrations.js';
import type { TraceSummary } from '../../src/store/span-store.js';
import { toSpanRow } from '../../src/store/span-row.js';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import { rankOf } from '../../src/store/trace-row.js';
import { mergeKey } from '../../src/span/merge-span.js';
import { canonicalJson } from '../../src/span/canonical-json.js';
import { fillUntilRefused, heavyTrace, openForTest } from './filling.js';
import { CALL, FAILED, STEP } from './heads.js';
import { ACCOUNT, OTHER_ACCOUNT, temporaryFolder } from './store-harness.js';
import { ended, started, traceIdOf, traceOfSpans } from './stored-spans.js';

const JOURNAL_BYTES_MAX = 1_000_000;

function journalBytes(path: string): number {
  return statSync(`${path}-wal`).size;
}

describe('the journal of a SQLite store', () => {
  it('is begun anew under steady load, so that it does not grow with what is written', async () => {
    const path = join(temporaryFolder(), 'spans.db');
    const store = await openForTest({ path });
    let longest = 0;
    for (let ordinal = 1; ordinal <= 200; ordinal += 1) {
      await store.upsert(heavyTrace(ordinal), ACCOUNT);
      longest = Math.max(longest, journalBytes(path));
    }
    // Sixty million bytes were written.
    expect(statSync(path).size).toBeGreaterThan(40_000_000);
    expect(longest).toBeLessThan(20_000_000);
  });

  it('does not outgrow its limit beside a long reader: writes wait, say LOCKED, and go on once it is done', async () => {
    const path = join(temporaryFolder(), 'spans.db');
    const store = await openForTest({ path, lockTimeoutMs: 200, journalBytesMax: JOURNAL_BYTES_MAX });
    await store.upsert(heavyTrace(1), ACCOUNT);
    const reader = new Database(path);
    onTestFinished(() => {
      reader.close();
    });
    reader.exec('begin');
    expect(reader.prepare('select count(*) from spans').raw().all()).toEqual([[100]]);
    const { failure, kept } = await fillUntilRefused(store);
    expect(failure).toMatchObject({
      name: 'SpanStoreError',
      code: 'LOCKED',
      message: expect.stringMatching(/-wal has .* reader/),
    });
    expect(journalBytes(path)).toBeLessThan(JOURNAL_BYTES_MAX * 2);
    expect((await store.listTraces({}, { limit: 100 }, ACCOUNT)).items).toHaveLength(kept);
    reader.exec('commit');
    expect(await store.upsert(heavyTrace(60), ACCOUNT)).toContain('written');
    expect(journalBytes(path)).toBeLessThan(JOURNAL_BYTES_MAX);
  });

  it('is committed while the event loop goes on', async () => {
    const path = join(temporaryFolder(), 'spans.db');
    const store = await openForTest({ path, survives: 'power' });
    let turnsMost = 0;
    for (let ordinal = 1; ordinal <= 50; ordinal += 1) {
      let turns = 0;
      let isWritten = false;
      const writing = store.upsert(traceOfSpans(ordinal, 1), ACCOUNT).then(() => (isWritten = true));
      for (; !isWritten; turns += 1) await nextTurn();
      await writing;
      turnsMost = Math.max(turnsMost, turns);
    }
    // A batch of one span asks for no turn of its own: those that passed did so during the commit.
    expect(turnsMost).toBeGreaterThan(4);
  });

  it('is in the file when the store has been closed', async () => {
    const path = join(temporaryFolder(), 'spans.db');
    const store = await SqliteStore.open({ path });
    await store.upsert(heavyTrace(1), ACCOUNT);
    await store.close();
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
    expect(await (await openForTest({ path })).trace(traceIdOf(1), ACCOUNT)).toHaveLength(100);
  });
});

describe('a SQLite file of version 1', () => {
  it('is brought to ranks, and rivals meet as before', async () => {
    const path = join(temporaryFolder(), 'spans.db');
    const [low, high] = ['a', 'b', 'c', 'd']
      .map((name) => ended({ name }))
      .sort((one, other) => (mergeKey(one) < mergeKey(other) ? -1 : 1)) as [ReturnType<typeof ended>, ReturnType<typeof ended>];
    const old = new Database(path);
    old.exec(SQLITE_MIGRATIONS[0] as string);
    old.exec(`insert into accounts values (1, '${ACCOUNT.accountId}', 1); pragma user_version = 1`);
    const row = toSpanRow(low);
    old
      .prepare(
        `insert into traces (account_no, trace_id, start_time, last_end_time, span_count, open_count, error_count, head_rank, name, status, changed_at)
        values (1, ?, ?, ?, 1, 0, 0, ?, ?, ?, 0)`,
      )
      .run([row.traceId, row.startTime, row.endTime, rankOf(row), row.name, row.status]);
    old
      .prepare(
        `insert into spans (account_no, trace_id, span_id, merge_key, sequence, name, type, status, start_time, end_time, body)
        values (1, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)`,
      )
      .run([
        row.traceId,
        row.spanId,
        mergeKey(low),
        row.name,
        row.type,
        row.status,
        row.startTime,
        row.endTime,
        canonicalJson(low),
      ]);
    old.close();

    const store = await openForTest({ path });
    expect(await store.trace(low.traceId, ACCOUNT)).toEqual([low]);
    expect(await store.upsert([started(), low], ACCOUNT)).toEqual(['kept', 'kept']);
    expect(await store.upsert([high], ACCOUNT)).toEqual(['written']);
    expect(await store.upsert([low], ACCOUNT)).toEqual(['kept']);
    expect(await store.trace(low.traceId, ACCOUNT)).toEqual([high]);
  });
});

describe('a SQLite file of version 2', () => {
  it('has its traces named anew, after the workflows that calls started', async () => {
    const path = join(temporaryFolder(), 'spans.db');
    const first = await SqliteStore.open({ path });
    const alone = { ...CALL, traceId: traceIdOf(2), resource: {}, attributes: {} };
    await first.upsert([CALL, FAILED, STEP, alone], ACCOUNT);
    await first.upsert([{ ...FAILED, status: 'OK' }], OTHER_ACCOUNT);
    const wanted = await listedBy(first);
    await first.close();
    const old = new Database(path);
    // The call was the head, and gave all that it had.
    old.exec(`
      update traces set head_rank = '0' || substr(head_rank, 2, 16) || '${CALL.spanId}', name = '${CALL.name}', status = 'OK',
        workflow_rank = replace(workflow_rank, '1', '0'), workflow_id = workflow_id || '!', service_rank = '0' where account_no = 1;
      pragma user_version = 2`);
    old.close();

    const store = await openForTest({ path });
    expect(await listedBy(store)).toEqual(wanted);
    expect(wanted.map((traces) => traces.map(({ name, status }) => `${name} ${status}`))).toEqual([
      ['workflow order ERROR', 'start workflow order OK'],
      ['workflow order OK'],
    ]);
    // What comes later meets ranks of one kind.
    await store.upsert([{ ...FAILED, status: 'TIMED_OUT', source: 'recorded' }], ACCOUNT);
    expect((await listedBy(store))[0]?.[0]).toMatchObject({ status: 'TIMED_OUT' });
  });
});

function listedBy(store: SqliteStore): Promise<(readonly TraceSummary[])[]> {
  return Promise.all(
    [ACCOUNT, OTHER_ACCOUNT].map(async (scope) => (await store.listTraces({}, { limit: 9, order: 'oldest' }, scope)).items),
  );
}
