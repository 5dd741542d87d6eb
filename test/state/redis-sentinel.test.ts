import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OperationError } from '../../src/operation/operation-error.js';
import { RedisOperationStore } from '../../src/state/redis-operation-store.js';
import { type StartedSentinels, startRedisSentinels } from '../helpers/redis-sentinel.js';
import { describeWith } from '../helpers/servers.js';
import { describeOperationStore } from './contract.js';
import { asClient, freshPrefix, redisHarness } from './redis-harness.js';
import { encoded, freshRequest, reach } from './store-harness.js';

describeWith('redisServer')('Redis behind three Sentinels', () => {
  let started: StartedSentinels;
  const clients: Redis[] = [];
  const connect = (): Redis => {
    const { name, sentinels } = started;
    const client = new Redis({ name, sentinels: [...sentinels], retryStrategy: () => 100, maxRetriesPerRequest: null });
    client.on('error', () => {});
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    started = await startRedisSentinels();
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await started.stop();
  });

  describeOperationStore('redis sentinel', async () => ({
    harness: redisHarness(connect(), connect()),
    close: async () => {},
  }));

  test('a master that is killed in mid-use costs named errors, then writes go on at the next one', async () => {
    const client = connect();
    const prefix = freshPrefix();
    const store = new RedisOperationStore({ client: asClient(client), prefix, timeoutMs: 500 });
    const delivered = await Promise.all(Array.from({ length: 10 }, () => reach(store, 'DELIVERED')));
    for (const { operation } of delivered) {
      const { operationId, epoch } = operation;
      await store.transition({ operationId, requestId: freshRequest(), to: 'COMPLETED', epoch });
    }
    const begun = await Promise.all(Array.from({ length: 8 }, () => reach(store, 'INFERRING')));
    // What is asserted of it below is at the replica; what comes later may be lost.
    expect(await client.wait(1, 10_000)).toBe(1);
    let isKilled = false;
    const walks = begun.map(({ operation }) => walk(store, operation.operationId, () => isKilled));
    // A watchdog that read each of these before it was completed.
    const forced = delivered.map(async ({ operation: { operationId, version } }) => {
      const write = { operationId, to: 'ERRORED', forcedReason: 'overdue', ifVersion: version } as const;
      for (;;) {
        const wasKilled = isKilled;
        const error = await failureOf(() => store.transition({ ...write, requestId: freshRequest() }));
        if (wasKilled && !error.isRetryable) return error.code;
      }
    });
    const versions = async () => (await store.list({ limit: 100 })).operations.map(({ version }) => version);
    await expect.poll(async () => (await versions()).filter((version) => version > 20)).toHaveLength(8);

    await started.master.kill();
    isKilled = true;

    const walked = await Promise.all(walks);
    const codes = new Set(walked.flatMap(({ errors }) => errors));
    expect([...codes].filter((code) => !['STORE_UNAVAILABLE', 'WRITE_UNDECIDED', 'STORE_READ_ONLY'].includes(code))).toEqual([]);
    expect(codes.size).toBeGreaterThan(0);
    expect(new Set(await Promise.all(forced))).toEqual(new Set(['VERSION_CHANGED']));
    const promoted = new Redis(started.replica.port, '127.0.0.1');
    clients.push(promoted);
    const there = new RedisOperationStore({ client: asClient(promoted), prefix });
    for (const { operation } of delivered) expect((await there.get(operation.operationId))?.state).toBe('COMPLETED');
    for (const { operationId, state, version } of walked) {
      expect(await there.get(operationId)).toMatchObject({ state, version, epoch: 1 });
      expect((await there.checkpoint(operationId))?.header.state).toBe(state);
    }
  }, 60_000);
});

/**
 * Steps to and fro, with a checkpoint each time, until 20 steps in a row were accepted after the kill and after the errors that it brought.
 *
 * A step that a fail-over has lost is one that the store does not know: the walk goes on from where the store stands.
 */
async function walk(store: RedisOperationStore, operationId: string, isKilled: () => boolean) {
  const errors: string[] = [];
  const untilAnswered = async <T>(call: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof OperationError) || !error.isRetryable) throw error;
        errors.push(error.code);
      }
    }
  };
  let last = await untilAnswered(() => store.get(operationId));
  let errorsBefore = 0;
  for (let steps = 0; steps < 20 || !isKilled() || errors.length === 0; steps += 1) {
    const to = last?.state === 'INFERRING' ? 'TOOL_EXECUTING' : 'INFERRING';
    const request = { operationId, requestId: freshRequest(), to, epoch: 1, checkpoint: encoded(Uint8Array.of(1)) } as const;
    try {
      last = (await untilAnswered(() => store.transition(request))).operation;
    } catch (error) {
      if (!(error instanceof OperationError) || error.code !== 'ILLEGAL_TRANSITION') throw error;
      last = await untilAnswered(() => store.get(operationId));
    }
    if (errors.length > errorsBefore) steps = 0;
    errorsBefore = errors.length;
  }
  return { operationId, errors, state: last?.state, version: last?.version };
}

async function failureOf(call: () => Promise<unknown>): Promise<OperationError> {
  const error: unknown = await call().then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(OperationError);
  return error as OperationError;
}
