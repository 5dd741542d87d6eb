import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OperationError } from '../../src/operation/operation-error.js';
import { RedisOperationStore } from '../../src/state/redis-operation-store.js';
import { startRedis, type StartedRedis } from '../helpers/redis-server.js';
import { describeWith } from '../helpers/servers.js';
import { asClient, freshPrefix } from './redis-harness.js';
import { encoded, freshId, freshRequest, OWNER, reach } from './store-harness.js';

/** Long enough for a busy machine; the calls that it bounds are the ones that are never answered. */
const TIMEOUT_MS = 400;

async function failure(call: Promise<unknown>): Promise<OperationError> {
  const error: unknown = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(OperationError);
  return error as OperationError;
}

describeWith('redisServer')('on a bad day', () => {
  let server: StartedRedis;
  const clients: Redis[] = [];
  const connect = (port: number, options = {}): Redis => {
    const client = new Redis(port, '127.0.0.1', options);
    client.on('error', () => {});
    clients.push(client);
    return client;
  };
  const servers: StartedRedis[] = [];
  const start = async (...args: string[]): Promise<StartedRedis> => {
    const started = await startRedis(...args);
    servers.push(started);
    return started;
  };
  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await Promise.all(servers.map((one) => one.stop()));
  });

  test('a Redis that is not there is named, nothing waits for ever, and nothing is written once it is back', async () => {
    const gone = await start();
    const client = connect(gone.port);
    const store = new RedisOperationStore({ client: asClient(client), timeoutMs: TIMEOUT_MS });
    const { operation } = await reach(store, 'QUEUED');
    await gone.kill();
    const { operationId } = operation;
    const claim = { operationId, requestId: freshRequest(), to: 'CLAIMED' } as const;
    await expect.poll(() => client.status).not.toBe('ready');

    const error = await failure(store.transition(claim));

    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', isRetryable: true, operationId, requestId: claim.requestId });
    expect(error.message).toContain(operationId);
    expect(error.message).toContain('check that it runs');
    expect((await failure(store.get(operationId))).code).toBe('STORE_UNAVAILABLE');
    expect((await failure(store.overdue({ limit: 1 }))).code).toBe('STORE_UNAVAILABLE');
    await gone.restart();
    await expect.poll(() => client.status, { timeout: 20_000 }).toBe('ready');
    // Without a disk it has lost everything; what was refused must not come out of a queue now.
    expect(await client.dbsize()).toBe(0);
    expect((await failure(store.transition(claim))).code).toBe('NO_SUCH_OPERATION');
  });

  test('a URL under which nothing listens is named, without its password', async () => {
    const store = new RedisOperationStore({ url: 'redis://:hunter2@127.0.0.1:1', timeoutMs: TIMEOUT_MS });
    const error = await failure(store.get('op-1'));
    expect(error.code).toBe('STORE_UNAVAILABLE');
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.message).not.toContain('hunter2');
    await store.close();
  });

  test('a client that its owner has closed is named', async () => {
    const client = new Redis(server.port, '127.0.0.1');
    const store = new RedisOperationStore({ client: asClient(client), prefix: freshPrefix(), timeoutMs: TIMEOUT_MS });
    await reach(store, 'QUEUED');
    client.disconnect();
    await expect.poll(() => client.status).toBe('end');
    expect((await failure(store.get('op-1'))).message).toContain('its client was closed');
  });

  test('a store never closes a client that it was given', async () => {
    const client = connect(server.port);
    const store = new RedisOperationStore({ client: asClient(client), prefix: freshPrefix() });
    await reach(store, 'QUEUED');
    await store.close();
    expect(await client.ping()).toBe('PONG');
  });

  test('a write that Redis is too slow to answer is undecided; the same request finds out', async () => {
    const client = connect(server.port);
    const prefix = freshPrefix();
    const store = new RedisOperationStore({ client: asClient(client), prefix, timeoutMs: TIMEOUT_MS });
    // The server knows the script from here on, so that it has the whole write while it does not answer.
    await reach(store, 'CLAIMED');
    const { operation } = await reach(store, 'QUEUED');
    const { operationId } = operation;
    const claim = { operationId, requestId: freshRequest(), to: 'CLAIMED' } as const;
    await connect(server.port).client('PAUSE', 3 * TIMEOUT_MS, 'ALL');

    const error = await failure(store.transition(claim));

    expect(error).toMatchObject({ code: 'WRITE_UNDECIDED', isRetryable: true });
    expect(error.message).toContain(`send it again with the same request id (${claim.requestId})`);
    const patient = new RedisOperationStore({ client: asClient(client), prefix, timeoutMs: 30_000 });
    const again = await patient.transition(claim);
    expect(again).toMatchObject({ isRepeat: true, from: 'QUEUED', operation: { state: 'CLAIMED', epoch: 1 } });
  });

  test('a connection that breaks in mid-write is undecided, and the same request decides it', async () => {
    const writer = connect(server.port, { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 });
    const killer = connect(server.port);
    const prefix = freshPrefix();
    const store = new RedisOperationStore({ client: asClient(writer), prefix });
    const { operation } = await reach(store, 'QUEUED');
    const claim = { operationId: operation.operationId, requestId: freshRequest(), to: 'CLAIMED' } as const;
    const id = await writer.client('ID');
    await killer.client('PAUSE', 300, 'WRITE');
    const write = failure(store.transition(claim));
    // The command waits on the server; the killer's, which writes nothing, does not.
    await expect.poll(async () => String(await killer.client('LIST')), { timeout: 5_000 }).toMatch(/ flags=b |cmd=evalsha/);
    await killer.client('KILL', 'ID', id);

    expect((await write).code).toBe('WRITE_UNDECIDED');
    const other = new RedisOperationStore({ client: asClient(killer), prefix });
    const decided = await other.transition(claim);
    expect(decided.operation).toMatchObject({ state: 'CLAIMED', epoch: 1, version: operation.version + 1 });
  });

  test('a replica refuses writes, also those that it would have refused from what it last heard', async () => {
    const replica = await start('--replicaof', `127.0.0.1 ${server.port}`);
    const master = connect(server.port);
    const prefix = freshPrefix();
    const store = new RedisOperationStore({ client: asClient(master), prefix });
    const { operation } = await reach(store, 'INFERRING');
    const follower = connect(replica.port);
    await expect.poll(() => follower.info('replication'), { timeout: 30_000 }).toContain('master_link_status:up');
    const behind = new RedisOperationStore({ client: asClient(follower), prefix });
    await expect.poll(() => behind.get(operation.operationId), { timeout: 10_000 }).toEqual(operation);
    const { operationId, epoch } = operation;
    const write = { operationId, requestId: freshRequest() };

    for (const call of [
      () => behind.transition({ ...write, to: 'POSTPROCESSING', epoch }),
      () => behind.transition({ ...write, to: 'DELIVERED', epoch }),
      () => behind.transition({ ...write, to: 'POSTPROCESSING', epoch: 9 }),
      () => behind.transition({ ...write, operationId: freshId(), to: 'POSTPROCESSING', epoch }),
      () => behind.transition({ ...write, to: 'ERRORED', forcedReason: 'x', ifVersion: 99 }),
      () => behind.renew({ operationId, epoch }),
      () => behind.create({ ...write, traceId: 'f'.repeat(32), owner: OWNER }),
      () => behind.create({ ...write, operationId: freshId(), traceId: 'f'.repeat(32), owner: OWNER }),
    ]) {
      expect(await failure(call())).toMatchObject({ code: 'STORE_READ_ONLY', isRetryable: true });
    }
    expect(await store.get(operationId)).toEqual(operation);
  });

  test('where memory is full nothing is written, a refusal is still told, and reading goes on', async () => {
    const small = await start('--maxmemory-policy', 'noeviction');
    const client = connect(small.port);
    const store = new RedisOperationStore({ client: asClient(client) });
    const { operation } = await reach(store, 'PRE_INFERENCE_GATHER');
    const { operationId, epoch } = operation;
    await client.config('SET', 'maxmemory', '1');

    const checkpoint = encoded(new Uint8Array(1_000));
    const write = { operationId, requestId: freshRequest() };
    const error = await failure(store.transition({ ...write, to: 'INFERRING', epoch, checkpoint }));
    expect(error).toMatchObject({ code: 'STORE_OUT_OF_MEMORY', isRetryable: true });
    expect(error.message).toContain('raise maxmemory');
    expect((await failure(store.transition({ ...write, to: 'DELIVERED', epoch }))).code).toBe('ILLEGAL_TRANSITION');
    expect(await store.get(operationId)).toEqual(operation);
    expect(await store.checkpoint(operationId)).toBeUndefined();

    await client.config('SET', 'maxmemory', '0');
    const written = await store.transition({ ...write, to: 'INFERRING', epoch, checkpoint });
    expect(written).toMatchObject({ isRepeat: false, operation: { state: 'INFERRING', version: operation.version + 1 } });
  });

  test.each([
    ['a key of another kind', (client: Redis, key: string) => client.lpush(key, 'x'), 'OPERATION_CORRUPT'],
    ['a hash without a state', (client: Redis, key: string) => client.hset(key, 'a', 'b'), 'OPERATION_CORRUPT'],
    ['a state that is none', (client: Redis, key: string) => client.hset(key, 'state', 'DREAMING'), 'OPERATION_CORRUPT'],
  ])('%s in the place of an operation is named, and left', async (_what, spoil, code) => {
    const client = connect(server.port);
    const prefix = freshPrefix();
    const store = new RedisOperationStore({ client: asClient(client), prefix });
    const operationId = freshId();
    const key = `${prefix}:trace:{${operationId}}`;
    await spoil(client, key);

    const write = { operationId, requestId: freshRequest() };
    expect((await failure(store.get(operationId))).code).toBe(code);
    expect((await failure(store.transition({ ...write, to: 'CLAIMED' }))).code).toBe(code);
    expect((await failure(store.transition({ ...write, to: 'CLAIMED' }))).message).toContain(operationId);
    expect(await store.rebuildIndex()).toEqual({ added: 0, dropped: 0 });
    expect(await client.exists(key)).toBe(1);
  });

  test('a key of another kind in the place of a checkpoint leaves the operation as it was', async () => {
    const client = connect(server.port);
    const prefix = freshPrefix();
    const store = new RedisOperationStore({ client: asClient(client), prefix });
    const { operation } = await reach(store, 'PRE_INFERENCE_GATHER');
    const { operationId, epoch } = operation;
    await client.set(`${prefix}:checkpoint:{${operationId}}`, 'x');
    const checkpoint = encoded(new Uint8Array(10));

    const error = await failure(store.transition({ operationId, requestId: freshRequest(), to: 'INFERRING', epoch, checkpoint }));

    expect(error.code).toBe('OPERATION_CORRUPT');
    expect(await store.get(operationId)).toEqual(operation);
  });

  test('a prefix that a pattern would read otherwise is refused', () => {
    const client = asClient(connect(server.port));
    for (const prefix of ['', 'a*', 'a{b}', 'a b']) {
      expect(() => new RedisOperationStore({ client, prefix })).toThrow(OperationError);
    }
  });
});
