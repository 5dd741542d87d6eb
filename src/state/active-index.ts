import type { OverduePlace } from './overdue-cursor.js';
import type { RedisConnection } from './redis-connection.js';
import { INDEX_SHARDS, type RedisKeys } from './redis-keys.js';

/** An entry of the index: an operation, and the deadline that it had when it was last told. */
export type IndexEntry = OverduePlace;

/**
 * The ids of active operations by deadline, in shards of their own slots: a hint, written after the operation itself.
 *
 * A crash in between leaves an entry too many, or too early, which its reader finds out from the operation; or, right after a creation, one
 * too few, which the same `create` again, the next step or a rebuild puts in.
 */
export class ActiveIndex {
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;

  constructor(connection: RedisConnection, keys: RedisKeys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  /** Adds an operation, or moves its deadline later; never earlier. Whether it was not there. */
  async put({ operationId, deadline }: IndexEntry): Promise<boolean> {
    const client = await this.#connection.client({ subject: subjectOf(operationId) });
    const shard = this.#keys.shardOf(operationId);
    return (await this.#connection.command(client, subjectOf(operationId), 'zadd', shard, 'GT', deadline, operationId)) === 1;
  }

  /** Drops entries that still have the deadline that is given here, or an earlier one; how many. */
  async drop(entries: readonly IndexEntry[]): Promise<number> {
    const byShard = new Map<string, (string | number)[]>();
    for (const { operationId, deadline } of entries) {
      const shard = this.#keys.shardOf(operationId);
      const args = byShard.get(shard) ?? [];
      args.push(operationId, deadline);
      byShard.set(shard, args);
    }
    const counts = await Promise.all(
      [...byShard].map(([shard, args]) =>
        this.#connection.run({ script: 'index-drop', keys: [shard], args, isWrite: false, subject: `index ${shard}` }),
      ),
    );
    return counts.reduce<number>((sum, count) => sum + Number(count), 0);
  }

  /**
   * The first `limit` entries after `after`, earliest deadline first, over all shards; with `due`, only those whose deadline has passed.
   */
  async page(
    which: 'due' | 'all',
    limit: number,
    after: OverduePlace | undefined,
  ): Promise<{ readonly entries: readonly IndexEntry[]; readonly now: number; readonly isLast: boolean }> {
    const args = [after?.deadline ?? '', after?.operationId ?? '', which, limit + 1];
    const replies = await Promise.all(
      Array.from({ length: INDEX_SHARDS }, (_, index) => {
        const shard = this.#keys.shard(index);
        return this.#connection.run({ script: 'index-page', keys: [shard], args, isWrite: false, subject: `index ${shard}` });
      }),
    );
    const entries: IndexEntry[] = [];
    let now = 0;
    for (const reply of replies as [number, ...string[]][]) {
      // On a Cluster each master has its own clock; an operation is due when the earliest says so.
      now = now === 0 ? Number(reply[0]) : Math.min(now, Number(reply[0]));
      for (let i = 1; i + 1 < reply.length; i += 2) {
        entries.push({ operationId: String(reply[i]), deadline: Number(reply[i + 1]) });
      }
    }
    entries.sort((a, b) => a.deadline - b.deadline || (a.operationId < b.operationId ? -1 : 1));
    return { entries: entries.slice(0, limit), now, isLast: entries.length <= limit };
  }
}

function subjectOf(operationId: string): string {
  return `operation ${operationId} in the index`;
}
