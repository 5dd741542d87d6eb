import { RedisOperationStore } from '../../dist/state/redis-operation-store.js';

/** The whole way of an operation, each step judged, recorded and fenced. @type {readonly import('../../dist/operation/operation-state.js').OperationState[]} */
const WAY = [
  'QUEUED',
  'CLAIMED',
  'PRE_INFERENCE_GATHER',
  'INFERRING',
  'TOOL_EXECUTING',
  'INFERRING',
  'POSTPROCESSING',
  'DELIVERING',
  'DELIVERED',
  'COMPLETED',
];
/** Sets the state and moves the TTL: what a script does that judges nothing and keeps nothing. */
const WRITES = "redis.call('HSET', KEYS[1], 'state', ARGV[2]) redis.call('PEXPIRE', KEYS[1], 86400000) return 1";
const EMPTY = 'return 1';

let lastId = 0;

/** @param {string} kind */
const freshId = (kind) => `${kind}-${(lastId += 1)}-0197f0c2a1b27c3d8e4f5a6b7c8d9e0f`;

/**
 * Calls per second of validated transitions, and of two bare scripts called with the same keys and arguments, one after another in an order
 * that `shuffle` gives.
 *
 * @param {import('ioredis').Redis} client
 * @param {{ inFlight: number, operations: number, shuffle: <T>(list: readonly T[]) => T[] }} options - `operations` of ten steps each.
 * @returns {Promise<{ validated: number, writes: number, writesAgain: number, empty: number }>}
 */
export async function transitionRound(client, { inFlight, operations, shuffle }) {
  const store = new RedisOperationStore({ client: /** @type {any} */ (client) });
  const bare = async (/** @type {string} */ text) => {
    const sha = /** @type {string} */ (await client.script('LOAD', text));
    const ids = Array.from({ length: operations }, () => freshId('bare'));
    return rate(ids, inFlight, async (id) => {
      for (const to of WAY)
        await client.evalsha(sha, 2, `sg:trace:{${id}}`, `sg:checkpoint:{${id}}`, freshId('request'), to, '1', '', id, '');
    });
  };
  const validated = async () => {
    const ids = Array.from({ length: operations }, () => freshId('operation'));
    const owner = { identity: 'worker@host', workflow: { namespace: 'default', workflowId: 'order-1', runId: 'run-1' } };
    await Promise.all(
      ids.map((operationId) =>
        store.create({
          operationId,
          requestId: freshId('request'),
          traceId: 'f'.repeat(32),
          owner,
          metadata: { tenant: 'acme' },
        }),
      ),
    );
    return rate(ids, inFlight, async (operationId) => {
      /** @type {number | undefined} */
      let epoch;
      for (const to of WAY) {
        const { operation } = await store.transition({ operationId, requestId: freshId('request'), to, epoch });
        epoch = operation.epoch;
      }
    });
  };
  const measures = { validated, writes: () => bare(WRITES), writesAgain: () => bare(WRITES), empty: () => bare(EMPTY) };
  /** @type {Record<string, number>} */
  const rates = {};
  for (const name of shuffle(/** @type {(keyof typeof measures)[]} */ (Object.keys(measures))))
    rates[name] = await measures[name]();
  await client.flushall();
  return /** @type {any} */ (rates);
}

/** Steps per second. @param {readonly string[]} ids @param {number} inFlight @param {(id: string) => Promise<void>} walk */
async function rate(ids, inFlight, walk) {
  let next = 0;
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let id = ids[next++]; id !== undefined; id = ids[next++]) await walk(id);
    }),
  );
  return (ids.length * WAY.length) / ((performance.now() - startedMs) / 1_000);
}
