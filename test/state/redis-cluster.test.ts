import { Cluster } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RedisOperationStore } from '../../src/state/redis-operation-store.js';
import { startRedisCluster } from '../helpers/redis-server.js';
import { describeWith } from '../helpers/servers.js';
import { describeOperationStore } from './contract.js';
import { asClient, freshPrefix, redisHarness } from './redis-harness.js';
import { reach } from './store-harness.js';

describeWith('redisServer')('Redis Cluster of three masters', () => {
  let started: Awaited<ReturnType<typeof startRedisCluster>>;
  const clients: Cluster[] = [];
  const connect = (options: { keyPrefix?: string } = {}): Cluster => {
    const nodes = started.ports.map((port) => ({ host: '127.0.0.1', port }));
    const client = new Cluster(nodes, options);
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    started = await startRedisCluster();
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await started.stop();
  });

  describeOperationStore('redis cluster', async () => ({
    harness: redisHarness(connect(), connect()),
    close: async () => {},
  }));

  test('operations and shards of the index are spread over all masters', async () => {
    const client = connect();
    const prefix = freshPrefix();
    const store = new RedisOperationStore({ client: asClient(client), prefix });
    for (let index = 0; index < 60; index += 1) await reach(store, 'RECEIVED');

    for (const master of client.nodes('master')) {
      expect((await master.keys(`${prefix}:trace:*`)).length).toBeGreaterThan(0);
      expect((await master.keys(`${prefix}:traces:active:*`)).length).toBeGreaterThan(0);
    }
  });

  test('each master that does not know the scripts is sent them', async () => {
    const client = connect();
    const store = new RedisOperationStore({ client: asClient(client), prefix: freshPrefix() });
    await reach(store, 'RECEIVED');
    for (const master of client.nodes('master')) await master.script('FLUSH');

    const reached = await Promise.all(Array.from({ length: 30 }, () => reach(store, 'INFERRING')));

    expect(reached.map(({ operation }) => operation.state)).toEqual(Array.from({ length: 30 }, () => 'INFERRING'));
  });

  test('the index is rebuilt from the keys of every master, also under a prefix of the client', async () => {
    const client = connect({ keyPrefix: 'app[1]:' });
    const prefix = freshPrefix();
    const store = new RedisOperationStore({ client: asClient(client), prefix });
    const ids = await Promise.all(Array.from({ length: 40 }, async () => (await reach(store, 'QUEUED')).operation.operationId));
    // Its shard follows from its name.
    const gone = 'gone-1';
    for (let shard = 0; shard < 16; shard += 1) await client.del(`${prefix}:traces:active:${shard}`);
    await client.zadd(`${prefix}:traces:active:8`, 1, gone);

    const { added, dropped } = await store.rebuildIndex();

    expect(dropped).toBe(1);
    expect(added).toBe(40);
    const { operations } = await store.list({ limit: 1_000 });
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual([...ids].sort());
  });

  test('keys without hash tags are refused on a Cluster', () => {
    expect(() => new RedisOperationStore({ client: asClient(connect()), hashTag: false })).toThrow(/hash tag/);
  });

  test('a URL of one node is enough, and what was opened from it is closed', async () => {
    const store = new RedisOperationStore({
      url: `redis://127.0.0.1:${started.ports[0]}`,
      isCluster: true,
      prefix: freshPrefix(),
    });
    const { operation } = await reach(store, 'CLAIMED');
    expect(operation.state).toBe('CLAIMED');
    await store.close();

    await expect(store.get(operation.operationId)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.renew({ operationId: operation.operationId })).rejects.toThrow(/has been closed/);
  });
});
