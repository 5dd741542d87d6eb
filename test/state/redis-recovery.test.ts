import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { OperationError } from '../../src/operation/operation-error.js';
import { RedisOperationStore } from '../../src/state/redis-operation-store.js';
import { startRedis, type StartedRedis } from '../helpers/redis-server.js';
import { describeWith } from '../helpers/servers.js';
import { asClient } from './redis-harness.js';
import { encoded, freshId, freshRequest, OWNER, reach } from './store-harness.js';

describeWith('redisServer')('Redis restarted, flushed of its scripts, and failed over', () => {
  const servers: StartedRedis[] = [];
  const clients: Redis[] = [];
  const start = async (...args: string[]): Promise<StartedRedis> => {
    const started = await startRedis(...args);
    servers.push(started);
    return started;
  };
  const connect = ({ port }: StartedRedis): Redis => {
    const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    client.on('error', () => {});
    clients.push(client);
    return client;
  };
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await Promise.all(servers.map((one) => one.stop()));
  });

  test('scripts that are flushed in mid-run are sent again, and no step is lost or taken twice', async () => {
    const server = await start();
    const store = new RedisOperationStore({ client: asClient(connect(server)) });
    const flusher = connect(server);
    let isDone = false;
    const flushing = (async () => {
      while (!isDone) await flusher.script('FLUSH');
    })();
    const runs = Array.from({ length: 20 }, async () => {
      const { operation } = await reach(store, 'INFERRING');
      const { operationId, epoch } = operation;
      for (let round = 0; round < 10; round += 1) {
        await store.transition({ operationId, requestId: freshRequest(), to: 'TOOL_EXECUTING', epoch });
        await store.transition({ operationId, requestId: freshRequest(), to: 'INFERRING', epoch });
      }
      return { operationId, version: operation.version + 20 };
    });
    const results = await Promise.all(runs);
    isDone = true;
    await flushing;

    for (const { operationId, version } of results) {
      expect(await store.get(operationId)).toMatchObject({ state: 'INFERRING', version, refusedWrites: 0 });
    }
  });

  test('a Redis with an append-only file that is killed in mid-write keeps every step that it has answered', async () => {
    const server = await start('--appendonly', 'yes', '--appendfsync', 'always');
    const store = new RedisOperationStore({ client: asClient(connect(server)), timeoutMs: 60_000 });
    const answered = new Map<string, number>();
    const walkers = Array.from({ length: 8 }, async () => {
      const { operation } = await reach(store, 'INFERRING');
      const { operationId, epoch } = operation;
      answered.set(operationId, operation.version);
      for (let round = 0; round < 150; round += 1) {
        const to = round % 2 === 0 ? 'TOOL_EXECUTING' : 'INFERRING';
        const request = { operationId, requestId: freshRequest(), to, epoch, checkpoint: encoded(Uint8Array.of(round)) } as const;
        const { operation: written } = await untilDecided(() => store.transition(request));
        answered.set(operationId, written.version);
      }
    });
    await expect.poll(() => Math.max(0, ...answered.values()), { timeout: 30_000, interval: 5 }).toBeGreaterThan(20);
    await server.restart();
    await Promise.all(walkers);

    for (const [operationId, version] of answered) {
      expect(await store.get(operationId)).toMatchObject({ state: 'INFERRING', version, epoch: 1, refusedWrites: 0 });
      expect((await store.checkpoint(operationId))?.header.state).toBe('INFERRING');
      expect([...((await store.checkpoint(operationId))?.payload ?? [])]).toEqual([149]);
    }
    expect((await store.list({ limit: 100 })).operations).toHaveLength(8);
  });

  test('a replica that is promoted has lost at most the last steps, and never stands in between', async () => {
    const master = await start();
    const replica = await start('--replicaof', `127.0.0.1 ${master.port}`);
    const before = new RedisOperationStore({ client: asClient(connect(master)) });
    const follower = connect(replica);
    await expect.poll(() => follower.info('replication'), { timeout: 30_000 }).toContain('master_link_status:up');
    const { operation: kept } = await reach(before, 'QUEUED');
    await connect(master).wait(1, 5_000);
    // Cut off: what is written from here on is what a fail-over loses.
    await follower.replicaof('NO', 'ONE');
    const lost = freshId();
    await before.create({ operationId: lost, requestId: freshRequest(), traceId: 'f'.repeat(32), owner: OWNER });
    const claim = { operationId: kept.operationId, requestId: freshRequest(), to: 'CLAIMED' } as const;
    const { operation: claimed } = await before.transition(claim);
    expect(claimed.epoch).toBe(1);
    const checkpoint = encoded(Uint8Array.of(1));
    const gather = { operationId: kept.operationId, to: 'PRE_INFERENCE_GATHER', epoch: 1, checkpoint } as const;
    await before.transition({ ...gather, requestId: freshRequest() });
    await master.kill();

    const after = new RedisOperationStore({ client: asClient(follower) });

    // The documented loss: the steps after the last that was replicated, whole.
    expect(await after.get(kept.operationId)).toEqual(kept);
    expect(await after.checkpoint(kept.operationId)).toBeUndefined();
    expect(await after.get(lost)).toBeUndefined();
    // And no other: the holder of the lost claim is told, and nothing is brought back.
    await expect(after.transition({ ...gather, requestId: freshRequest() })).rejects.toMatchObject({
      code: 'STALE_EPOCH',
      message: expect.stringContaining('fail-over') as unknown,
    });
    await expect(after.renew({ operationId: lost })).rejects.toMatchObject({ code: 'NO_SUCH_OPERATION' });
    const again = await after.transition(claim);
    expect(again).toMatchObject({ isRepeat: false, operation: { state: 'CLAIMED', epoch: 1 } });
    for (const to of REST_OF_THE_WAY) {
      await after.transition({ operationId: kept.operationId, requestId: freshRequest(), to, epoch: 1 });
    }
    expect((await after.get(kept.operationId))?.state).toBe('COMPLETED');
  });
});

const REST_OF_THE_WAY = ['PRE_INFERENCE_GATHER', 'INFERRING', 'POSTPROCESSING', 'DELIVERING', 'DELIVERED', 'COMPLETED'] as const;

/** Sends the same request until it is known whether it was written. */
async function untilDecided<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof OperationError) || !error.isRetryable) throw error;
    }
  }
}
