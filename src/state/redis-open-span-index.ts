import { checkPageLimit, failCursor } from '../operation/validate-request.js';
import { InvalidSpanError } from '../span/errors.js';
import { mergeKey } from '../span/merge-span.js';
import type { Span } from '../span/span.js';
import { validateSpan } from '../span/validate-span.js';
import { type DeadlinePlace, readDeadlineCursor, writeDeadlineCursor } from './deadline-cursor.js';
import { DeadlineIndex } from './deadline-index.js';
import type { OpenSpanIndex, RunPage, SpanRun } from './open-span-index.js';
import { ENDED_SPANS_MAX, ENDED_SPANS_TTL_MS, OPEN_SPANS_TTL_MS } from './open-span-limits.js';
import type { RedisAddress } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { RedisKeys } from './redis-keys.js';
import { redisScripts, type ScriptName } from './redis-scripts.js';
import { runKey, runOf } from './run-key.js';

export type RedisOpenSpanIndexOptions = RedisAddress & {
  /** What every key begins with; default `sg`. */
  readonly prefix?: string;
  /** Milliseconds that open spans are kept after the last of their run was put or renewed; default a week. */
  readonly ttlMs?: number;
  /** Milliseconds until a call that has no answer gives up; default 5,000. */
  readonly timeoutMs?: number;
};

/**
 * Keeps the open spans in Redis 6.2 or later: the spans of a run in one slot, the runs by their expiry in slots of their own.
 *
 * @throws OperationError with a `STORE_…` code, in every call.
 */
export class RedisOpenSpanIndex implements OpenSpanIndex {
  readonly name = 'redis';
  readonly #connection: RedisConnection;
  readonly #keys: RedisKeys;
  readonly #runs: DeadlineIndex;
  readonly #ttlMs: number;

  constructor(options: RedisOpenSpanIndexOptions) {
    this.#keys = new RedisKeys({ prefix: options.prefix });
    this.#connection = new RedisConnection(options, options.timeoutMs ?? 5_000, redisScripts());
    this.#runs = new DeadlineIndex(this.#connection, this.#keys.runShards);
    this.#ttlMs = options.ttlMs ?? OPEN_SPANS_TTL_MS;
  }

  async put(run: SpanRun, spans: readonly Span[]): Promise<void> {
    if (spans.length === 0) return;
    const rows = spans.flatMap((span) => [span.spanId, mergeKey(span), JSON.stringify(span)]);
    await this.#told(run, await this.#run('spans-put', run, [this.#ttlMs, ...rows]));
  }

  async remove(run: SpanRun, spanIds: readonly string[]): Promise<void> {
    if (spanIds.length === 0) return;
    await this.#told(run, await this.#run('spans-remove', run, [ENDED_SPANS_TTL_MS, ENDED_SPANS_MAX, this.#ttlMs, ...spanIds]));
  }

  async spansOf(run: SpanRun): Promise<readonly Span[]> {
    const rows = (await this.#run('spans-read', run, [])) as string[];
    return rows.flatMap((row) => readSpan(row) ?? []);
  }

  async runs({ limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined }): Promise<RunPage> {
    checkPageLimit(limit);
    // A run that is renewed goes to the end of the list. What is there once the listing has begun is not listed again: whoever renews each run
    // as it comes would never be done.
    //
    //   expiry  --r1--r2--r3--|until          r1, r2 renewed meanwhile: behind `until`
    let [until, after] = readRunsCursor(cursor);
    until ??= await this.#runs.latest();
    for (;;) {
      const page = await this.#runs.page('all', limit, after);
      const entries = page.entries.filter(({ deadline }) => until !== undefined && deadline <= until);
      const isLast = page.isLast || entries.length < page.entries.length;
      const client = await this.#connection.client({ subject: 'runs with open spans' });
      const counts = await Promise.all(
        entries.map(({ id }) => this.#connection.command(client, `run ${id}`, 'hlen', this.#keys.spansOf(id)[0])),
      );
      const isEmpty = (position: number): boolean => Number(counts[position]) === 0;
      await this.#runs.drop(entries.filter((_, position) => isEmpty(position)));
      const runs = entries.flatMap(({ id }, position) => (isEmpty(position) ? [] : (runOf(id) ?? [])));
      after = entries.at(-1);
      if (isLast || until === undefined || after === undefined) return { runs };
      // Looks further until something is found, so that a page without runs is the last one.
      if (runs.length > 0) return { runs, cursor: `${until}/${writeDeadlineCursor(after)}` };
    }
  }

  async forget(run: SpanRun): Promise<void> {
    await this.#told(run, await this.#run('spans-forget', run, [ENDED_SPANS_TTL_MS, ENDED_SPANS_MAX, this.#ttlMs]));
  }

  async renew(run: SpanRun): Promise<void> {
    await this.#told(run, await this.#run('spans-renew', run, [this.#ttlMs]));
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #run(script: ScriptName, run: SpanRun, args: readonly (string | number)[]): Promise<unknown> {
    const key = runKey(run);
    // A write that is sent twice is the same as once, so that nothing is left open by a lost answer.
    return this.#connection.run({
      script,
      keys: this.#keys.spansOf(key),
      args,
      isWrite: false,
      subject: `open spans of run ${key}`,
    });
  }

  /** Tells the index of runs. One that has had an open span again since, also in the same millisecond, stays in it. */
  async #told(run: SpanRun, reply: unknown): Promise<void> {
    const [openCount, expiresAt] = reply as [number, number];
    const id = runKey(run);
    if (openCount > 0) await this.#runs.put({ id, deadline: expiresAt });
    else await this.#runs.drop([{ id, deadline: expiresAt - 1 }]);
  }
}

/** Up to which expiry the listing goes, and the place that it has come to. */
function readRunsCursor(cursor: string | undefined): [until: number | undefined, after: DeadlinePlace | undefined] {
  if (cursor === undefined) return [undefined, undefined];
  const match = /^(\d{1,16})\/(.*)$/.exec(cursor);
  if (match === null) failCursor(cursor);
  return [Number(match[1]), readDeadlineCursor(match[2])];
}

/** What cannot be read was not written by us, or by a version that knew spans of another kind: a watchdog cannot close it either. */
function readSpan(row: string): Span | undefined {
  try {
    return validateSpan(JSON.parse(row));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof InvalidSpanError) return undefined;
    throw error;
  }
}
