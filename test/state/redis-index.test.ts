import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationStore } from '../../src/state/operation-store.js';
import { DeadlineIndex } from '../../src/state/deadline-index.js';
import { RedisConnection } from '../../src/state/redis-connection.js';
import { RedisKeys } from '../../src/state/redis-keys.js';
import { redisScripts } from '../../src/state/redis-scripts.js';
import { RedisOperationStore } from '../../src/state/redis-operation-store.js';
import { startRedis, type StartedRedis } from '../helpers/redis-server.js';
import { describeWith } from '../helpers/servers.js';
import { asClient, freshPrefix } from './redis-harness.js';
import { freshId, freshRequest, OWNER, reach } from './store-harness.js';

describeWith('redisServer')('the index of active operations is a hint', () => {
  let server: StartedRedis;
  let client: Redis;
  beforeAll(async () => {
    server = await startRedis();
    client = new Redis(server.port, '127.0.0.1');
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
  });
  const open = () => {
    const prefix = freshPrefix();
    const store = new RedisOperationStore({ client: asClient(client), prefix });
    const shards = new RedisKeys({ prefix }).activeShards;
    const index = new DeadlineIndex(new RedisConnection({ client: asClient(client) }, 5_000, redisScripts()), shards);
    const score = async (id: string): Promise<number | undefined> => {
      const text = await client.zscore(index.shardOf(id), id);
      return text === null ? undefined : Number(text);
    };
    return { store, index, prefix, score };
  };
  const create = (store: OperationStore, changes = {}) =>
    store.create({ operationId: freshId(), requestId: freshRequest(), traceId: 'f'.repeat(32), owner: OWNER, ...changes });

  test('a process that dies between an operation and its entry is made good by the same request', async () => {
    const { store, index, score } = open();
    const request = { operationId: freshId(), requestId: freshRequest() };
    const { operation } = await create(store, request);
    await client.del(index.shardOf(operation.operationId));

    await create(store, request);

    expect(await score(operation.operationId)).toBe(operation.deadline);
  });

  test('a rebuild puts in what is missing and drops what is gone or at rest', async () => {
    const { store, index, prefix } = open();
    const made = await Promise.all(Array.from({ length: 30 }, () => create(store)));
    const done = await reach(store, 'ERRORED');
    for (const shard of new RedisKeys({ prefix }).activeShards) await client.del(shard);
    await index.put({ id: 'gone-1', deadline: 1 });
    await index.put({ id: done.operation.operationId, deadline: 1 });

    expect(await store.rebuildIndex()).toEqual({ added: 30, dropped: 2 });

    expect(await store.rebuildIndex()).toEqual({ added: 0, dropped: 0 });
    const { operations } = await store.list({ limit: 100 });
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
      made.map(({ operation }) => operation.operationId).sort(),
    );
  });

  test('an entry that is too early is checked, and moved to where it belongs', async () => {
    const { store, index, score } = open();
    const { operation } = await reach(store, 'INFERRING');
    const { operationId, deadline } = operation;
    await client.zadd(index.shardOf(operationId), 1, operationId);

    expect(await store.overdue({ limit: 10 })).toEqual({ operations: [] });

    expect(await score(operationId)).toBe(deadline);
  });

  test('an entry whose operation is gone or at rest is dropped by whoever meets it', async () => {
    const { store, index, score } = open();
    const done = await reach(store, 'COMPLETED');
    await index.put({ id: 'gone-1', deadline: 1 });
    await index.put({ id: done.operation.operationId, deadline: 1 });

    expect((await store.overdue({ limit: 10 })).operations).toEqual([]);

    expect(await score('gone-1')).toBeUndefined();
    expect(await score(done.operation.operationId)).toBeUndefined();
  });

  test('a drop that arrives late leaves what has been taken up again', async () => {
    const { store, index, score } = open();
    const { operation } = await reach(store, 'ERRORED');
    const { operationId, epoch } = operation;
    await store.transition({ operationId, requestId: freshRequest(), to: 'RETRYING', epoch });
    expect(await index.drop([{ id: operationId, deadline: operation.deadline }])).toBe(0);
    expect(await score(operationId)).toBeGreaterThan(operation.deadline);
  });

  test('steps in quick succession write the index once', async () => {
    const { store, score } = open();
    const { operation } = await reach(store, 'INFERRING');
    const { operationId, epoch, createdAt, progressTimeoutMs } = operation;
    for (let round = 0; round < 20; round += 1) {
      const to = round % 2 === 0 ? 'TOOL_EXECUTING' : 'INFERRING';
      await store.transition({ operationId, requestId: freshRequest(), to, epoch });
    }
    await store.close();

    expect(await score(operationId)).toBe(createdAt + progressTimeoutMs);
  });

  test('many operations of one millisecond are paged without a gap or a repeat', async () => {
    const { index } = open();
    const ids = Array.from({ length: 500 }, (_, number) => `op-${number}`);
    for (const id of ids) await index.put({ id, deadline: 7 });
    const found: string[] = [];
    for (let after: { id: string; deadline: number } | undefined; ; ) {
      const { entries, isLast } = await index.page('due', 7, after);
      found.push(...entries.map(({ id }) => id));
      after = entries.at(-1);
      if (isLast) break;
    }
    expect(found).toEqual([...ids].sort());
  });
});
