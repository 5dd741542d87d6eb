import type { Cluster, Redis } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import type { RedisClient } from '../../src/state/redis-client.js';
import { RedisOperationStore, type RedisOperationStoreOptions } from '../../src/state/redis-operation-store.js';
import { DEFAULT_LIFETIMES } from '../../src/operation/operation-record.js';
import type { StoreHarness } from './store-harness.js';

let lastPrefix = 0;

/** A prefix that no other test of this server uses. */
export function freshPrefix(): string {
  lastPrefix += 1;
  return `t${process.pid}-${lastPrefix}`;
}

/** Compiles as long as a user can hand in a client without a cast. */
export function asClient(client: Redis | Cluster): RedisClient {
  return client;
}

/** A store on a client of the test's own, and what its contract does not let one see. */
export function redisHarness(
  client: Redis | Cluster,
  other: Redis | Cluster,
  options: Partial<RedisOperationStoreOptions> = {},
): StoreHarness {
  const prefix = options.prefix ?? freshPrefix();
  const store = new RedisOperationStore({ ...options, client: asClient(client), prefix });
  const another = new RedisOperationStore({ ...options, client: asClient(other), prefix });
  const keysOf = (operationId: string) => [`${prefix}:trace:{${operationId}}`, `${prefix}:checkpoint:{${operationId}}`] as const;
  const ttlMs = async (key: string): Promise<number | undefined> => {
    const left = await client.pttl(key);
    // -2: no such key. -1, a key that never expires, is a failure that the caller sees.
    return left === -2 ? undefined : left;
  };
  return {
    store,
    another,
    lifetimes: DEFAULT_LIFETIMES,
    ttlMsOf: async (operationId) => {
      const [operation, checkpoint] = keysOf(operationId);
      return { operation: await ttlMs(operation), checkpoint: await ttlMs(checkpoint) };
    },
    expire: async (operationId) => {
      for (const key of keysOf(operationId)) await client.del(key);
    },
    // Nobody can be told when a server's clock has gone on: a little longer is as good.
    pass: (ms) => wait(ms),
  };
}
