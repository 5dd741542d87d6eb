import { expect, test } from 'vitest';
import { DEFAULT_LIFETIMES } from '../../src/operation/operation-record.js';
import { MemoryOperationStore } from '../../src/state/memory-operation-store.js';
import { describeOperationStore } from './contract.js';
import { freshRequest, reach } from './store-harness.js';

describeOperationStore('memory', async () => {
  let nowMs = 1_700_000_000_000;
  const store = new MemoryOperationStore({ now: () => nowMs });
  return {
    harness: {
      store,
      another: store,
      lifetimes: DEFAULT_LIFETIMES,
      ttlMsOf: async (operationId) => {
        const expiresAt = store.expiresAt(operationId);
        const operation = expiresAt === undefined ? undefined : expiresAt - nowMs;
        return { operation, checkpoint: (await store.checkpoint(operationId)) === undefined ? undefined : operation };
      },
      expire: async (operationId) => {
        nowMs = store.expiresAt(operationId) ?? nowMs;
      },
      pass: async (ms) => {
        nowMs += ms;
      },
    },
    close: () => store.close(),
  };
});

test('what a caller does to an answer does not change the store', async () => {
  const store = new MemoryOperationStore();
  const { operation } = await reach(store, 'QUEUED');
  (operation.metadata as Record<string, string>)['sneaked'] = 'in';

  expect((await store.get(operation.operationId))?.metadata).toEqual({});
});

test('a store that was closed answers with a named error', async () => {
  const store = new MemoryOperationStore();
  const { operation } = await reach(store, 'QUEUED');
  await store.close();

  await expect(
    store.transition({ operationId: operation.operationId, requestId: freshRequest(), to: 'CLAIMED' }),
  ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});
