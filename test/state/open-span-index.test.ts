import { Cluster, Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { MemoryOpenSpanIndex } from '../../src/state/memory-open-span-index.js';
import { OPEN_SPANS_TTL_MS } from '../../src/state/open-span-limits.js';
import { RedisOpenSpanIndex } from '../../src/state/redis-open-span-index.js';
import { runKey, runOf } from '../../src/state/run-key.js';
import { startRedis, startRedisCluster } from '../helpers/redis-server.js';
import { describeWith } from '../helpers/servers.js';
import { describeOpenSpanIndex } from './open-span-contract.js';
import { asClient } from './redis-harness.js';

describeOpenSpanIndex('memory', async () => {
  let nowMs = 1_700_000_000_000;
  const index = new MemoryOpenSpanIndex({ now: () => nowMs });
  const expire = async () => {
    nowMs += OPEN_SPANS_TTL_MS;
  };
  return { index, another: index, expire, close: () => index.close() };
});

describeWith('redisServer')('in Redis', () => {
  describeOpenSpanIndex('redis', async () => {
    const server = await startRedis();
    return redisIndex(
      () => new Redis(server.port, '127.0.0.1'),
      () => server.stop(),
    );
  });

  describeOpenSpanIndex('redis cluster', async () => {
    const started = await startRedisCluster();
    return redisIndex(
      () => new Cluster(started.ports.map((port) => ({ host: '127.0.0.1', port }))),
      () => started.stop(),
    );
  });
});

test('a run is read back from its key, and nothing else is', () => {
  const run = { namespace: 'a/b', workflowId: '{x} %2F', runId: '\u{1F600}' };
  expect(runKey(run)).toMatch(/^[\x21-\x7a|~]+$/);
  expect(runOf(runKey(run))).toEqual(run);
  for (const key of ['', 'a/b', 'a/b/c/d', 'a/b/%']) expect(runOf(key)).toBeUndefined();
});

test.each(['x', '12', '1:run', '1/2', '/1:a', 'a/1:a'])('a cursor that no listing gave is refused: %s', async (cursor) => {
  const index = new RedisOpenSpanIndex({ url: 'redis://127.0.0.1:1' });
  await expect(index.runs({ limit: 2, cursor })).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
});

function redisIndex(connect: () => Redis | Cluster, stop: () => Promise<void>) {
  const clients = [connect(), connect()] as const;
  const [index, another] = clients.map((client) => new RedisOpenSpanIndex({ client: asClient(client) }));
  return {
    index: index as RedisOpenSpanIndex,
    another: another as RedisOpenSpanIndex,
    expire: async (run: Parameters<typeof runKey>[0]) => {
      await clients[0].del(`sg:spans:open:{${runKey(run)}}`);
    },
    close: async () => {
      for (const client of clients) client.disconnect();
      await stop();
    },
  };
}
