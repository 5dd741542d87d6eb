import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/operation/operation.js';
import type { OperationStore } from '../../src/state/operation-store.js';
import { freshId, freshRequest, OWNER, reach, type StoreHarness } from './store-harness.js';

/** What every store tells of its operations, and for how long it keeps them. */
export function describeReading(store: () => OperationStore, harness: () => StoreHarness): void {
  describe('what is kept, and for how long', () => {
    test('a renewal moves deadline and TTL, adopts, and leaves what is at rest alone', async () => {
      const { operation } = await reach(store(), 'INFERRING');
      const { operationId, epoch } = operation;
      const next = { ...OWNER, workflow: { namespace: 'default', workflowId: 'order-1', runId: 'run-2' } };
      await harness().pass(5);

      const renewed = await store().renew({ operationId, epoch, owner: next });

      expect(renewed).toMatchObject({ state: 'INFERRING', epoch, version: operation.version + 1, owner: next });
      expect(renewed.deadline).toBeGreaterThan(operation.deadline);
      expect(renewed.deadline - renewed.updatedAt).toBe(operation.progressTimeoutMs);
      expect(await store().get(operationId)).toEqual(renewed);
      const done = await reach(store(), 'COMPLETED');
      expect(await store().renew({ operationId: done.operation.operationId })).toEqual(done.operation);
      expect((await harness().ttlMsOf(done.operation.operationId)).operation).toBeLessThanOrEqual(
        harness().lifetimes.terminalTtlMs,
      );
    });

    test('an operation outlives its own progress timeout', async () => {
      const operationId = freshId();
      const week = 7 * 86_400_000;
      await store().create({
        operationId,
        requestId: freshRequest(),
        traceId: 'f'.repeat(32),
        owner: OWNER,
        progressTimeoutMs: week,
      });

      expect((await harness().ttlMsOf(operationId)).operation).toBeGreaterThan(week);
    });

    test('RETRYING takes an errored operation back among the active ones, with the failsafe TTL', async () => {
      const { operation } = await reach(store(), 'ERRORED');
      const { operationId, epoch } = operation;
      expect(await idsOf(store())).not.toContain(operationId);
      await store().transition({ operationId, requestId: freshRequest(), to: 'RETRYING', epoch });

      expect(await idsOf(store())).toContain(operationId);
      expect((await harness().ttlMsOf(operationId)).operation).toBeGreaterThan(harness().lifetimes.terminalTtlMs);
    });

    test('history tells each step with its version, epoch and request', async () => {
      const { operation } = await reach(store(), 'CLAIMED');
      const history = await store().history(operation.operationId);

      expect(history?.refused).toEqual([]);
      expect(history?.transitions.map(({ from, to, version, epoch }) => [from, to, version, epoch])).toEqual([
        [undefined, 'RECEIVED', 1, 0],
        ['RECEIVED', 'QUEUED', 2, 0],
        ['QUEUED', 'CLAIMED', 3, 1],
      ]);
      for (const { at } of history?.transitions ?? []) expect(at).toBeGreaterThanOrEqual(operation.createdAt);
    });

    test('the history of an operation that is COMPLETED is there as long as the operation', async () => {
      const { operation } = await reach(store(), 'COMPLETED');
      const history = await store().history(operation.operationId);

      expect(history?.transitions).toHaveLength(operation.version);
      expect(history?.transitions[0]).toMatchObject({ to: 'RECEIVED', version: 1 });
      expect(history?.transitions.at(-1)).toMatchObject({ to: 'COMPLETED', version: operation.version });
    });

    test('of a long history the creation and the last steps stay', async () => {
      const { operation } = await reach(store(), 'INFERRING');
      const { operationId, epoch } = operation;
      for (let round = 0; round < 40; round += 1) {
        await store().transition({ operationId, requestId: freshRequest(), to: 'TOOL_EXECUTING', epoch });
        await store().transition({ operationId, requestId: freshRequest(), to: 'INFERRING', epoch });
      }
      const transitions = (await store().history(operationId))?.transitions ?? [];

      expect(transitions[0]).toMatchObject({ to: 'RECEIVED', version: 1 });
      expect(transitions.length).toBeGreaterThan(20);
      expect(transitions.length).toBeLessThan(80);
      expect(transitions.slice(1).map(({ version }) => version)).toEqual(
        transitions.slice(1).map((_, index) => operation.version + 81 - (transitions.length - 1 - index)),
      );
    });

    test.each([1, 2, 3])('a history stays short whatever renewals fall between its steps, %d each time', async (renewals) => {
      const { operation } = await reach(store(), 'INFERRING');
      const { operationId, epoch } = operation;
      for (let round = 0; round < 50; round += 1) {
        for (const to of ['TOOL_EXECUTING', 'INFERRING'] as const) {
          await store().transition({ operationId, requestId: freshRequest(), to, epoch });
          for (let renewal = 0; renewal < renewals; renewal += 1) await store().renew({ operationId, epoch });
        }
      }
      const transitions = (await store().history(operationId))?.transitions ?? [];

      expect(transitions[0]).toMatchObject({ to: 'RECEIVED', version: 1 });
      expect(transitions.length).toBeGreaterThan(20);
      expect(transitions.length).toBeLessThan(80);
    });

    test('a long history takes nothing from the room for metadata', async () => {
      const { operation } = await reach(store(), 'INFERRING');
      const { operationId, epoch } = operation;
      for (let round = 0; round < 20; round += 1) {
        await store().transition({ operationId, requestId: freshRequest(), to: 'TOOL_EXECUTING', epoch });
        await store().transition({ operationId, requestId: freshRequest(), to: 'INFERRING', epoch });
      }
      const names = Array.from({ length: 60 }, (_, index) => `field-${index}`);
      const metadata = Object.fromEntries(names.map((name) => [name, 'x']));
      await store().transition({ operationId, requestId: freshRequest(), to: 'TOOL_EXECUTING', epoch, metadata });

      expect((await store().get(operationId))?.metadata).toMatchObject(metadata);
      await expect(
        store().transition({
          operationId,
          requestId: freshRequest(),
          to: 'INFERRING',
          epoch,
          metadata: Object.fromEntries(names.map((name) => [`more-${name}`, 'x'])),
        }),
      ).rejects.toMatchObject({ code: 'INVALID_METADATA' });
    });
  });

  describe('which operations there are', () => {
    test('pages list every active operation once, and those in the states that are asked for', async () => {
      const made = await Promise.all((['RECEIVED', 'QUEUED', 'INFERRING', 'INFERRING'] as const).map((to) => reach(store(), to)));
      const done = await reach(store(), 'COMPLETED');
      const failed = await reach(store(), 'ERRORED');
      const ids = made.map(({ operation }) => operation.operationId);

      const active = await idsOf(store(), 2);
      expect(new Set(active).size).toBe(active.length);
      expect(active).toEqual(expect.arrayContaining(ids));
      expect(active).not.toContain(done.operation.operationId);
      const inferring = await everyPage((cursor) => store().list({ limit: 1, cursor, states: ['INFERRING'] }));
      expect(inferring.every(({ state }) => state === 'INFERRING')).toBe(true);
      expect(inferring.map(({ operationId }) => operationId)).toEqual(expect.arrayContaining(ids.slice(2)));
      const errored = await everyPage((cursor) => store().list({ limit: 3, cursor, states: ['ERRORED'] }));
      expect(errored.map(({ operationId }) => operationId)).toContain(failed.operation.operationId);
    });

    test('those without progress are overdue, earliest first, page by page; the renewed and the closed are not', async () => {
      const ids: string[] = [];
      for (let index = 0; index < 7; index += 1) {
        const operationId = freshId();
        ids.push(operationId);
        await store().create({
          operationId,
          requestId: freshRequest(),
          traceId: 'f'.repeat(32),
          owner: OWNER,
          progressTimeoutMs: 20,
        });
      }
      const [renewed, closed, ...left] = ids as [string, string, ...string[]];
      const patient = await reach(store(), 'INFERRING');
      await harness().pass(30);
      await store().transition({ operationId: closed, requestId: freshRequest(), to: 'ERRORED' });

      const overdue = await everyPage((cursor) => store().overdue({ limit: 2, cursor }));
      const mine = overdue.map(({ operationId }) => operationId).filter((id) => ids.includes(id));

      expect(mine).toEqual([renewed, ...left]);
      expect(overdue.map(({ operationId }) => operationId)).not.toContain(patient.operation.operationId);
      const { deadline } = await store().renew({ operationId: renewed });
      const now = (await store().overdue({ limit: 100 })).operations;
      for (const operation of now) expect(operation.operationId === renewed ? operation.deadline : deadline).toBe(deadline);
    });

    test('a limit that is none, and a cursor of somewhere else, are refused', async () => {
      await expect(store().overdue({ limit: 0 })).rejects.toMatchObject({ code: 'INVALID_LIMIT' });
      await expect(store().list({ limit: 1_001 })).rejects.toMatchObject({ code: 'INVALID_LIMIT' });
      await expect(store().overdue({ limit: 1, cursor: 'nonsense' })).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
      await expect(store().list({ limit: 1, cursor: '{}' })).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
    });

    test('an operation whose time is over is gone from every list', async () => {
      const { operation } = await reach(store(), 'INFERRING');
      await harness().expire(operation.operationId);

      expect(await store().get(operation.operationId)).toBeUndefined();
      expect(await idsOf(store())).not.toContain(operation.operationId);
    });
  });
}

async function idsOf(store: OperationStore, limit = 100): Promise<string[]> {
  const operations = await everyPage((cursor) => store.list({ limit, cursor }));
  return operations.map(({ operationId }) => operationId);
}

async function everyPage(
  page: (cursor: string | undefined) => Promise<{ readonly operations: readonly Operation[]; readonly cursor?: string }>,
): Promise<Operation[]> {
  const operations: Operation[] = [];
  let cursor: string | undefined;
  do {
    const next = await page(cursor);
    operations.push(...next.operations);
    cursor = next.cursor;
  } while (cursor !== undefined);
  return operations;
}
