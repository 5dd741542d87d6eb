import { deflateSync } from 'node:zlib';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeCheckpoint } from '../../src/state/checkpoint-codec.js';
import type { RedisClient } from '../../src/state/redis-client.js';
import { redisScripts } from '../../src/state/redis-scripts.js';
import { RedisOperationStore } from '../../src/state/redis-operation-store.js';
import { startRedis, type StartedRedis } from '../helpers/redis-server.js';
import { describeWith } from '../helpers/servers.js';
import { asClient, freshPrefix } from './redis-harness.js';
import { encoded, freshId, freshRequest, OWNER, reach } from './store-harness.js';

describeWith('redisServer')('what the first system left, and what it got wrong with Redis', () => {
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

  test('keys are named as documented: hash tags for operation and checkpoint, an index in shards', async () => {
    const store = new RedisOperationStore({ client: asClient(client) });
    const { operation } = await reach(store, 'PRE_INFERENCE_GATHER', 'named-1');
    const checkpoint = encoded(Uint8Array.of(1), 'gathered');
    const write = { operationId: 'named-1', requestId: 'request-1', epoch: operation.epoch };
    const { operation: written } = await store.transition({
      ...write,
      to: 'INFERRING',
      checkpoint,
      metadata: { tenant: 'acme' },
    });

    expect((await client.keys('sg:*')).sort()).toEqual([
      'sg:checkpoint:{named-1}',
      'sg:trace:{named-1}',
      expect.stringMatching(/^sg:traces:active:\d+$/) as unknown,
    ]);
    expect(await client.hgetall('sg:trace:{named-1}')).toMatchObject({
      state: 'INFERRING',
      version: `${written.version}`,
      epoch: '1',
      created_at: `${written.createdAt}`,
      updated_at: `${written.updatedAt}`,
      deadline: `${written.deadline}`,
      request_id: 'request-1',
      trace_id: 'f'.repeat(32),
      owner_workflow_id: OWNER.workflow?.workflowId,
      tenant: 'acme',
    });
    expect(await client.hgetall('sg:checkpoint:{named-1}')).toEqual({
      schema_version: '1',
      checkpoint_ts: `${written.updatedAt}`,
      codec: 'zlib',
      payload_compressed: '\u0001',
      payload_size_original: '3',
      payload_size_compressed: '1',
      sha256: 'a'.repeat(64),
      step: 'gathered',
      state: 'INFERRING',
    });
  });

  test.each([
    ['milliseconds', '1700000000123', 1_700_000_000_123],
    ['seconds with a fraction', '1700000000.123', 1_700_000_000_123],
    ['ISO 8601', '2023-11-14T22:13:20.123+00:00', 1_700_000_000_123],
  ])(
    'without hash tags its operations and zlib checkpoints are read and carried on; times in %s',
    async (_what, text, millis) => {
      const prefix = freshPrefix();
      const store = new RedisOperationStore({ client: asClient(client), prefix, hashTag: false });
      const operationId = freshId();
      await client.hset(`${prefix}:trace:${operationId}`, { state: 'INFERRING', created_at: text, tenant: 'acme' });
      const raw = JSON.stringify({ gathered: [1, 2] });
      const payload = deflateSync(raw);
      await client.hset(`${prefix}:checkpoint:${operationId}`, {
        schema_version: 1,
        checkpoint_ts: text,
        payload_compressed: payload,
        payload_size_original: raw.length,
        payload_size_compressed: payload.byteLength,
      });
      await client.sadd(`${prefix}:traces:active`, operationId);

      expect(await store.get(operationId)).toMatchObject({
        operationId,
        traceId: operationId,
        state: 'INFERRING',
        version: 0,
        epoch: 0,
        createdAt: millis,
        metadata: { tenant: 'acme' },
      });
      const stored = await store.checkpoint(operationId);
      expect(stored?.header.savedAt).toBe(millis);
      if (stored === undefined) throw new Error('no checkpoint');
      expect((await decodeCheckpoint(stored, { operationId }))?.payload).toEqual({ gathered: [1, 2] });
      expect(await store.rebuildIndex()).toEqual({ added: 1, dropped: 0 });
      const { operation } = await store.transition({ operationId, requestId: freshRequest(), to: 'POSTPROCESSING' });
      expect(operation).toMatchObject({ state: 'POSTPROCESSING', version: 1, metadata: { tenant: 'acme' } });
      expect(await client.pttl(`${prefix}:trace:${operationId}`)).toBeGreaterThan(86_000_000);
      expect((await store.history(operationId))?.transitions).toMatchObject([{ from: 'INFERRING', to: 'POSTPROCESSING' }]);
    },
  );

  test('a client that decodes every reply to text spoils no checkpoint', async () => {
    const prefix = freshPrefix();
    const store = new RedisOperationStore({ client: asClient(client), prefix });
    const decoding = new RedisOperationStore({ client: decodingClient(client), prefix });
    for (const length of [3, 65_536, 150_001]) {
      const { operation } = await reach(store, 'PRE_INFERENCE_GATHER');
      const { operationId, epoch } = operation;
      const payload = Uint8Array.from({ length }, (_, index) => (index * 131 + (index >> 8)) % 256);
      const write = { operationId, requestId: freshRequest(), to: 'INFERRING', epoch } as const;
      await decoding.transition({ ...write, checkpoint: encoded(payload) });

      const read = await decoding.checkpoint(operationId);

      expect(Buffer.compare(read?.payload ?? new Uint8Array(), payload)).toBe(0);
      expect(read?.header).toEqual((await store.checkpoint(operationId))?.header);
    }
  });

  test('every script judges a transition by the table that is in it', () => {
    for (const name of ['advance', 'claim', 'finish'] as const) {
      const { text } = redisScripts()(name);
      expect(text).toMatch(/LEGAL_STEPS = '.* DELIVERED>COMPLETED ERRORED>COMPLETED .*'/);
      expect(text).toMatch(/IS_FORCED, IS_NEW_HOLDER, IS_AT_REST = '(?:holder|anyone)', false,/);
      expect(text).not.toContain('@include');
    }
  });

  test('checkpoint and state are one script, also when the server has never seen it', async () => {
    const prefix = freshPrefix();
    const store = new RedisOperationStore({ client: asClient(client), prefix });
    const { operation } = await reach(store, 'PRE_INFERENCE_GATHER');
    const { operationId, epoch } = operation;
    await client.script('FLUSH');
    const monitor = await client.duplicate().monitor();
    const seen: { readonly command: string; readonly source: string }[] = [];
    monitor.on('monitor', (_time: string, [command]: string[], source: string) => seen.push({ command: command ?? '', source }));
    const checkpoint = encoded(Uint8Array.of(1));
    await store.transition({ operationId, requestId: freshRequest(), to: 'INFERRING', epoch, checkpoint });
    await expect
      .poll(() => seen.filter(({ source }) => source !== 'lua').map(({ command }) => command.toLowerCase()))
      .toContain('eval');
    monitor.disconnect();

    const direct = seen.filter(({ source }) => source !== 'lua').map(({ command }) => command.toLowerCase());
    expect(direct.filter((command) => command !== 'zadd')).toEqual(['evalsha', 'eval']);
    const written = seen.filter(({ command, source }) => source === 'lua' && command.toLowerCase() === 'hset');
    expect(written.length).toBeGreaterThanOrEqual(2);
  });

  test('a sweep reads what is due, not every active operation', async () => {
    const prefix = freshPrefix();
    const store = new RedisOperationStore({ client: asClient(client), prefix });
    await Promise.all(Array.from({ length: 200 }, () => reach(store, 'RECEIVED')));
    const due = freshId();
    await store.create({
      operationId: due,
      requestId: freshRequest(),
      traceId: 'f'.repeat(32),
      owner: OWNER,
      progressTimeoutMs: 1,
    });
    await expect.poll(async () => (await store.overdue({ limit: 10 })).operations.length).toBe(1);
    const before = await commandsDone(client);
    await store.overdue({ limit: 10 });

    // A script for each of the 16 shards, with what it does inside, and one for the operation that is due.
    expect((await commandsDone(client)) - before).toBeLessThan(70);
  });
});

/** Commands that the server has run, those inside scripts too. */
async function commandsDone(client: Redis): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1]);
}

/** A client that gives text whatever it is asked for, as one does that was told to decode replies. */
function decodingClient(client: Redis): RedisClient {
  return new Proxy(asClient(client), {
    get: (target, name) => {
      if (name === 'callBuffer') return target.call.bind(target);
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
