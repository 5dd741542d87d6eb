import { describe, expect, it } from 'vitest';
import type { ArtefactType } from '../../src/store/artefact-store.js';
import type { TraceStore } from '../../src/store/trace-store.js';
import { ACCOUNT, OTHER_ACCOUNT, type StoreKind } from './store-harness.js';
import { NOON } from './stored-spans.js';

const DEADLINE_MS = 60_000;

/** The artefacts of tasks. */
export function describeArtefacts(kind: StoreKind): void {
  describe(`artefacts in a ${kind.name} store`, () => {
    it('come back as they were, by task and line', async () => {
      const { store } = await kind.open();
      const weird = ['{"a":1}', '', '{"nul":"\\u0000","raw":"\0","lone":"\ud800"}', '\u0001x', 'not json at all'];
      await store.putArtefact({ taskId: 'task-b', workflowId: 'w', type: 'spans', rows: ['b1', 'b2'] }, ACCOUNT);
      await store.putArtefact({ taskId: 'task-a', workflowId: 'w', type: 'spans', rows: weird }, ACCOUNT);
      await store.putArtefact({ taskId: 'task-a', workflowId: 'w', type: 'lineage', rows: ['l1'] }, ACCOUNT);
      await store.putArtefact({ taskId: 'task-c', workflowId: 'w', type: 'spans', rows: [] }, ACCOUNT);
      await store.putArtefact({ taskId: 'task-z', workflowId: 'other', type: 'spans', rows: ['z'] }, ACCOUNT);
      expect(await rowsOf(store, 'w', 'spans')).toEqual([...weird, 'b1', 'b2']);
      expect(await rowsOf(store, 'w', 'lineage')).toEqual(['l1']);
      expect(await rowsOf(store, 'w', 'assets')).toEqual([]);
      expect(await store.hasWorkflow('w', ACCOUNT)).toBe(true);
      expect(await store.hasWorkflow('nobody', ACCOUNT)).toBe(false);
    });

    it('tell the workflow of a task that is known, to its own account alone', async () => {
      const { store } = await kind.open();
      const long = `w\0${'x'.repeat(1_000)}`;
      await store.putArtefact({ taskId: 't', workflowId: long, type: 'spans', rows: ['1'] }, ACCOUNT);
      const workflowId = await store.workflowOfTask('t', ACCOUNT);
      await store.putArtefact({ taskId: 't', workflowId: workflowId as string, type: 'assets', rows: ['2'] }, ACCOUNT);
      expect(await rowsOf(store, long, 'assets')).toEqual(['2']);
      expect(await store.workflowOfTask('t', OTHER_ACCOUNT)).toBeUndefined();
      expect(await store.workflowOfTask('nobody', ACCOUNT)).toBeUndefined();
    });

    it('replace the file of the same task and type whole', async () => {
      const { store } = await kind.open();
      await store.putArtefact({ taskId: 't', workflowId: 'w', type: 'assets', rows: ['1', '2', '3'] }, ACCOUNT);
      await store.putArtefact({ taskId: 't', workflowId: 'w', type: 'assets', rows: ['4'] }, ACCOUNT);
      expect(await rowsOf(store, 'w', 'assets')).toEqual(['4']);
    });

    it('refuse a task of another workflow or account, and stay as they were', async () => {
      const { store } = await kind.open();
      await store.putArtefact({ taskId: 't', workflowId: 'w', type: 'spans', rows: ['mine'] }, ACCOUNT);
      const refused = expect.objectContaining({ name: 'SpanStoreError', code: 'TASK_OF_ANOTHER' }) as unknown;
      const upload = { taskId: 't', type: 'spans', rows: ['theirs'] } as const;
      await expect(store.putArtefact({ ...upload, workflowId: 'w2' }, ACCOUNT)).rejects.toEqual(refused);
      await expect(store.putArtefact({ ...upload, workflowId: 'w' }, OTHER_ACCOUNT)).rejects.toEqual(refused);
      expect(await rowsOf(store, 'w', 'spans')).toEqual(['mine']);
      expect(await rowsOf(store, 'w', 'spans', OTHER_ACCOUNT)).toEqual([]);
      expect(await store.hasWorkflow('w', OTHER_ACCOUNT)).toBe(false);
      expect(await store.hasWorkflow('w2', ACCOUNT)).toBe(false);
    });

    it('are read in pages, and say so when they are replaced meanwhile', { timeout: DEADLINE_MS }, async () => {
      const { store } = await kind.open();
      const rows = Array.from({ length: 2_500 }, (_, line) => `row ${line}`);
      await store.putArtefact({ taskId: 't', workflowId: 'w', type: 'spans', rows }, ACCOUNT);
      expect(await rowsOf(store, 'w', 'spans')).toEqual(rows);
      const reading = store.artefactRows('w', 'spans', ACCOUNT)[Symbol.asyncIterator]();
      expect(await reading.next()).toEqual({ done: false, value: 'row 0' });
      await store.putArtefact({ taskId: 't', workflowId: 'w', type: 'spans', rows: ['new'] }, ACCOUNT);
      const goOn = async (): Promise<void> => {
        for (let next = await reading.next(); next.done !== true; next = await reading.next()) expect(next.value).toMatch(/^row/);
      };
      await expect(goOn()).rejects.toEqual(expect.objectContaining({ code: 'REPLACED' }));
      expect(await rowsOf(store, 'w', 'spans')).toEqual(['new']);
    });

    it('take ids with SQL in them as data', async () => {
      const { store } = await kind.open();
      const nasty = `'); drop table tasks; -- \0 % _`;
      await store.putArtefact({ taskId: nasty, workflowId: nasty, type: 'spans', rows: [nasty] }, { accountId: nasty });
      expect(await rowsOf(store, nasty, 'spans', { accountId: nasty })).toEqual([nasty]);
      expect(await store.hasWorkflow('%', { accountId: nasty })).toBe(false);
    });

    it('go with their age', async () => {
      let nowMicros = NOON;
      const { store } = await kind.open({ nowMicros: () => nowMicros });
      const rows = Array.from({ length: 1_200 }, (_, line) => `${line}`);
      await store.putArtefact({ taskId: 'old', workflowId: 'w', type: 'spans', rows }, ACCOUNT);
      await store.putArtefact({ taskId: 'old', workflowId: 'w', type: 'assets', rows: ['a'] }, ACCOUNT);
      nowMicros = NOON + 10;
      await store.putArtefact({ taskId: 'new', workflowId: 'w', type: 'spans', rows: ['n'] }, ACCOUNT);
      expect(await store.pruneArtefacts({ uploadedBefore: NOON + 10 })).toEqual({ tasks: 1, rows: 1_201 });
      expect(await rowsOf(store, 'w', 'spans')).toEqual(['n']);
      await store.putArtefact({ taskId: 'old', workflowId: 'another', type: 'spans', rows: [] }, ACCOUNT);
    });
  });
}

async function rowsOf(store: TraceStore, workflowId: string, type: ArtefactType, scope = ACCOUNT): Promise<string[]> {
  const rows: string[] = [];
  for await (const row of store.artefactRows(workflowId, type, scope)) rows.push(row);
  return rows;
}
