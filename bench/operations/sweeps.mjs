import { RedisOperationStore } from '../../dist/state/redis-operation-store.js';
import { DeadlineIndex } from '../../dist/state/deadline-index.js';

const OVERDUE = 200;
/** Made by the server itself: a million creations one by one would be most of the benchmark. */
const FILL = `
local time = redis.call('TIME')
local now = time[1] * 1000
for i = 8, #ARGV, 2 do
  local id, shard = ARGV[i], ARGV[i + 1]
  local deadline = now + tonumber(ARGV[1]) + (i % 1000)
  redis.call('HSET', 'sg:trace:{' .. id .. '}', 'state', 'INFERRING', 'version', 5, 'epoch', 1, 'created_at', now, 'updated_at', now,
    'deadline', deadline, 'progress_timeout_ms', 1800000, 'indexed_deadline', deadline, 'trace_id', ARGV[2], 'owner_identity', ARGV[3],
    'facts', 'x', 'checkpoint_at', '')
  redis.call('ZADD', shard, deadline, id)
end
return 1`;

/**
 * How long a sweep takes, in ms, to find 200 overdue operations among `active`, and then to close them.
 *
 * @param {import('ioredis').Redis} client
 * @param {{ active: number, repeats: number }} options
 * @returns {Promise<{ findMs: number[], closeMs: number[] }>}
 */
export async function sweepTimes(client, { active, repeats }) {
  const store = new RedisOperationStore({ client: /** @type {any} */ (client) });
  const shards = Array.from({ length: 16 }, (_, index) => `sg:traces:active:${index}`);
  const index = new DeadlineIndex(/** @type {any} */ (undefined), shards);
  await fill(client, index, 'active', active, 1_800_000);
  /** @type {{ findMs: number[], closeMs: number[] }} */
  const found = { findMs: [], closeMs: [] };
  for (let round = 0; round < repeats; round += 1) {
    await fill(client, index, `overdue-${round}`, OVERDUE, -60_000);
    const startedMs = performance.now();
    const { operations } = await store.overdue({ limit: 1_000 });
    const foundMs = performance.now();
    if (operations.length !== OVERDUE) throw new Error(`found ${operations.length} of ${OVERDUE} overdue operations`);
    await Promise.all(
      operations.map(({ operationId, version }) =>
        store.transition({
          operationId,
          requestId: `sweep-${round}`,
          to: 'ERRORED',
          forcedReason: 'no progress',
          ifVersion: version,
        }),
      ),
    );
    found.findMs.push(foundMs - startedMs);
    found.closeMs.push(performance.now() - foundMs);
  }
  await store.close();
  await client.flushall();
  return found;
}

/** @param {import('ioredis').Redis} client @param {DeadlineIndex} index @param {string} kind @param {number} count @param {number} aheadMs */
async function fill(client, index, kind, count, aheadMs) {
  for (let from = 0; from < count; from += 2_000) {
    const ids = Array.from({ length: Math.min(2_000, count - from) }, (_, offset) => `${kind}-${from + offset}`);
    const pairs = ids.flatMap((id) => [id, index.shardOf(id)]);
    await client.eval(FILL, 0, aheadMs, 'f'.repeat(32), 'worker@host', '', '', '', '', ...pairs);
  }
}
