import { compareDeadlines, type DeadlinePlace } from './deadline-cursor.js';
import type { RedisConnection } from './redis-connection.js';

/**
 * Ids by deadline, in sorted sets of their own slots: a hint, written after what it points to.
 *
 * A crash in between leaves an entry too many, or too early, which its reader finds out from what it points to; or, right after a creation,
 * one too few, which the same write again, the next one or a rebuild puts in.
 */
export class DeadlineIndex {
  readonly #connection: RedisConnection;
  readonly #shards: readonly string[];

  /** @param shards - Keys of the sorted sets; always the same ones, in one order. */
  constructor(connection: RedisConnection, shards: readonly string[]) {
    this.#connection = connection;
    this.#shards = shards;
  }

  /** The shard that an id is in: always the same one. */
  shardOf(id: string): string {
    // FNV-1a: spreads ids that differ in one character.
    let hash = 0x811c9dc5;
    for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
    return this.#shards[(hash >>> 0) % this.#shards.length] as string;
  }

  /** Adds an id, or moves its deadline later; never earlier. Whether it was not there. */
  async put({ id, deadline }: DeadlinePlace): Promise<boolean> {
    const shard = this.shardOf(id);
    const subject = `${id} in the index ${shard}`;
    const client = await this.#connection.client({ subject });
    return (await this.#connection.command(client, subject, 'zadd', shard, 'GT', deadline, id)) === 1;
  }

  /** The latest deadline of all, milliseconds since the epoch; `undefined` where there is no entry. */
  async latest(): Promise<number | undefined> {
    const replies = await Promise.all(
      this.#shards.map(async (shard) => {
        const subject = `index ${shard}`;
        const client = await this.#connection.client({ subject });
        return this.#connection.command(client, subject, 'zrevrange', shard, 0, 0, 'WITHSCORES');
      }),
    );
    const deadlines = (replies as string[][]).flatMap(([, deadline]) => (deadline === undefined ? [] : [Number(deadline)]));
    return deadlines.length === 0 ? undefined : Math.max(...deadlines);
  }

  /** Drops entries that still have the deadline that is given here, or an earlier one; how many. */
  async drop(entries: readonly DeadlinePlace[]): Promise<number> {
    const byShard = new Map<string, (string | number)[]>();
    for (const { id, deadline } of entries) {
      const shard = this.shardOf(id);
      const args = byShard.get(shard) ?? [];
      args.push(id, deadline);
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
    after: DeadlinePlace | undefined,
  ): Promise<{ readonly entries: readonly DeadlinePlace[]; readonly now: number; readonly isLast: boolean }> {
    const args = [after?.deadline ?? '', after?.id ?? '', which, limit + 1];
    const replies = await Promise.all(
      this.#shards.map((shard) =>
        this.#connection.run({ script: 'index-page', keys: [shard], args, isWrite: false, subject: `index ${shard}` }),
      ),
    );
    const entries: DeadlinePlace[] = [];
    let now = 0;
    for (const reply of replies as [number, ...string[]][]) {
      // On a Cluster each master has its own clock; what is due is due by all of them.
      now = now === 0 ? Number(reply[0]) : Math.min(now, Number(reply[0]));
      for (let i = 1; i + 1 < reply.length; i += 2) {
        entries.push({ id: String(reply[i]), deadline: Number(reply[i + 1]) });
      }
    }
    entries.sort(compareDeadlines);
    return { entries: entries.slice(0, limit), now, isLast: entries.length <= limit };
  }
}
