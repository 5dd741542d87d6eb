import { describe, expect, test } from 'vitest';
import type { OperationStore } from '../../src/state/operation-store.js';
import { encoded, freshId, freshRequest, OWNER, reach, type StoreHarness } from './store-harness.js';

/** What the first system got wrong, one by one. What is Redis's own (scripts, decoding clients, reads one by one) is tested beside its store. */
export function describeKnownDefects(harness: () => StoreHarness): void {
  const store = (): OperationStore => harness().store;

  describe('defects of the first system', () => {
    test('a race with the end of its life brings no operation back', async () => {
      const { operation } = await reach(store(), 'INFERRING');
      const { operationId, epoch } = operation;
      await harness().expire(operationId);

      await expect(
        store().transition({ operationId, requestId: freshRequest(), to: 'POSTPROCESSING', epoch }),
      ).rejects.toMatchObject({ code: 'NO_SUCH_OPERATION' });
      await expect(store().renew({ operationId, epoch })).rejects.toMatchObject({ code: 'NO_SUCH_OPERATION' });
      expect(await harness().ttlMsOf(operationId)).toEqual({ operation: undefined, checkpoint: undefined });
    });

    test('a consumer cannot go from CLAIMED to COMPLETED', async () => {
      const { operation } = await reach(store(), 'CLAIMED');

      await expect(
        store().transition({
          operationId: operation.operationId,
          requestId: freshRequest(),
          to: 'COMPLETED',
          epoch: operation.epoch,
        }),
      ).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    });

    test.each(['COMPLETED', 'ERRORED'] as const)('%s sets the terminal TTL and leaves the index', async (state) => {
      const { operation } = await reach(store(), 'PRE_INFERENCE_GATHER');
      const { operationId, epoch } = operation;
      const checkpoint = encoded(new Uint8Array(16));
      await store().transition({ operationId, requestId: freshRequest(), to: 'INFERRING', epoch, checkpoint });
      const steps = state === 'ERRORED' ? (['ERRORED'] as const) : COMPLETION;
      for (const to of steps) await store().transition({ operationId, requestId: freshRequest(), to, epoch });

      const ttl = await harness().ttlMsOf(operationId);
      expect(ttl.operation).toBeLessThanOrEqual(harness().lifetimes.terminalTtlMs);
      // COMPLETED deletes the checkpoint; after ERRORED it may be resumed from, as long as the operation is there.
      if (state === 'COMPLETED') expect(ttl.checkpoint).toBeUndefined();
      else expect(ttl.checkpoint).toBeLessThanOrEqual(harness().lifetimes.terminalTtlMs);
      const listed = await store().list({ limit: 1_000 });
      expect(listed.operations.map((one) => one.operationId)).not.toContain(operationId);
      expect((await store().rebuildIndex()).added).toBe(0);
    });

    test('age counts from the last progress, not from creation', async () => {
      const operationId = freshId();
      await store().create({
        operationId,
        requestId: freshRequest(),
        traceId: 'f'.repeat(32),
        owner: OWNER,
        progressTimeoutMs: 60_000,
      });
      await harness().pass(20);
      const { operation } = await store().transition({ operationId, requestId: freshRequest(), to: 'QUEUED' });

      expect(operation.updatedAt).toBeGreaterThan(operation.createdAt);
      expect(operation.deadline).toBe(operation.updatedAt + 60_000);
    });

    test('each sign of progress renews the TTL of operation and checkpoint', async () => {
      const { operation } = await reach(store(), 'PRE_INFERENCE_GATHER');
      const { operationId, epoch } = operation;
      const checkpoint = encoded(new Uint8Array(16));
      await store().transition({ operationId, requestId: freshRequest(), to: 'INFERRING', epoch, checkpoint });
      await harness().pass(50);
      const before = await harness().ttlMsOf(operationId);
      await store().transition({ operationId, requestId: freshRequest(), to: 'TOOL_EXECUTING', epoch });
      const moved = await harness().ttlMsOf(operationId);
      await harness().pass(50);
      const still = await harness().ttlMsOf(operationId);
      await store().renew({ operationId });
      const renewed = await harness().ttlMsOf(operationId);

      for (const [earlier, later] of [[before, moved] as const, [still, renewed] as const]) {
        expect(later.operation).toBeGreaterThan(earlier.operation as number);
        expect(later.checkpoint).toBeGreaterThan(earlier.checkpoint as number);
      }
    });

    test('a sweep cannot overwrite a COMPLETED that came after it looked', async () => {
      const { operation: seen } = await reach(store(), 'DELIVERED');
      const { operationId, epoch, version } = seen;
      await store().transition({ operationId, requestId: freshRequest(), to: 'COMPLETED', epoch });
      const force = { operationId, to: 'ERRORED', forcedReason: 'no progress' } as const;

      await expect(store().transition({ ...force, requestId: freshRequest(), ifVersion: version })).rejects.toMatchObject({
        code: 'VERSION_CHANGED',
      });
      await expect(store().transition({ ...force, requestId: freshRequest() })).rejects.toMatchObject({
        code: 'ILLEGAL_TRANSITION',
      });
      expect((await store().get(operationId))?.state).toBe('COMPLETED');
    });

    test('a zombie that writes after a reclaim is refused and recorded', async () => {
      const { operation: zombie } = await reach(store(), 'INFERRING');
      const { operationId } = zombie;
      const { operation: reclaimed } = await store().transition({ operationId, requestId: freshRequest(), to: 'RECLAIMED' });
      const { operation: claimed } = await store().transition({
        operationId,
        requestId: freshRequest(),
        to: 'CLAIMED',
        epoch: reclaimed.epoch,
      });
      const requestId = freshRequest();

      await expect(
        store().transition({
          operationId,
          requestId,
          to: 'PRE_INFERENCE_GATHER',
          epoch: zombie.epoch,
          checkpoint: encoded(new Uint8Array(8)),
        }),
      ).rejects.toMatchObject({ code: 'STALE_EPOCH' });

      expect([zombie.epoch, reclaimed.epoch, claimed.epoch]).toEqual([1, 2, 3]);
      expect(await store().checkpoint(operationId)).toBeUndefined();
      expect((await store().history(operationId))?.refused).toMatchObject([
        { code: 'STALE_EPOCH', from: 'CLAIMED', to: 'PRE_INFERENCE_GATHER', epoch: 1, currentEpoch: 3, requestId },
      ]);
    });
  });
}

const COMPLETION = ['POSTPROCESSING', 'DELIVERING', 'DELIVERED', 'COMPLETED'] as const;
