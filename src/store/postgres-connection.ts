import type { Pool, PoolClient } from 'pg';
import { SpanStoreError } from './errors.js';
import { fromPostgresError } from './postgres-errors.js';
import { POSTGRES_MIGRATIONS } from './postgres-migrations.js';

export interface PostgresConnectionOptions {
  readonly pool: Pool;
  /** Whether the pool goes with the store. */
  readonly isOwnPool: boolean;
  /** Quoted. */
  readonly schema: string;
}

/** A `Buffer` goes in the binary format of the value's type. */
export type PostgresValue = string | number | boolean | null | Buffer | readonly (string | number | null)[];
/** Numbers of 64 bits come as text: `Number` makes them of it, whatever parsers the pool's owner has set. */
export type PostgresRow = Readonly<Record<string, unknown>>;

/** Where the server gave way to another transaction. */
const CONFLICT_TRIES_MAX = 5;
/** Where the connection was gone: one that lay unused in the pool while the server was restarted, noticed at once. */
const LOST_TRIES_MAX = 2;
const NOTICED_AT_ONCE_MS = 1_000;

/** A pool of connections to PostgreSQL whose calls end in rows or in a SpanStoreError. */
export class PostgresConnection {
  readonly schema: string;
  readonly #pool: Pool;
  readonly #isOwnPool: boolean;
  readonly #underWay = new Set<Promise<unknown>>();
  #isClosed = false;

  private constructor(options: PostgresConnectionOptions) {
    this.schema = options.schema;
    this.#pool = options.pool;
    this.#isOwnPool = options.isOwnPool;
    // A connection that breaks while nobody uses it: the pool has dropped it already, but an event that nobody hears ends the process.
    this.#pool.on('error', ignoreIdleError);
  }

  /** @throws SpanStoreError `UNAVAILABLE`, `NEWER_SCHEMA`, `READ_ONLY`, `FAILED`. */
  static async open(options: PostgresConnectionOptions): Promise<PostgresConnection> {
    const connection = new PostgresConnection(options);
    try {
      await connection.#migrate();
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /**
   * The rows of one statement, which is a transaction of its own.
   *
   * Tried again when the connection was a dead one or the server gave way to others: so only for what may be done twice.
   */
  async query(sql: string, values: readonly PostgresValue[] = []): Promise<readonly PostgresRow[]> {
    return this.#tracked(() =>
      retried(async () => {
        const { rows } = await this.#pool.query<PostgresRow>(sql, values as PostgresValue[]);
        return rows;
      }),
    );
  }

  /** What `work` gives, in one transaction: all of it or, when it throws, nothing. It may be done twice. */
  transaction<T>(
    work: (query: (sql: string, values?: readonly PostgresValue[]) => Promise<readonly PostgresRow[]>) => Promise<T>,
  ): Promise<T> {
    return this.#tracked(() =>
      retried(async () => {
        const client = await this.#pool.connect();
        let failure: unknown;
        try {
          // Whatever becomes of this process's end of the line, the server gives the locks back soon.
          await client.query("begin isolation level read committed; set local idle_in_transaction_session_timeout = '30s'");
          const result = await work(
            async (sql, values = []) => (await client.query<PostgresRow>(sql, values as PostgresValue[])).rows,
          );
          await client.query('commit');
          return result;
        } catch (error) {
          failure = error;
          throw error;
        } finally {
          await release(client, failure);
        }
      }),
    );
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled(this.#underWay);
    // Of our own pool connections may still be closing when it says that it has ended, and break meanwhile.
    if (this.#isOwnPool) await this.#pool.end();
    else this.#pool.off('error', ignoreIdleError);
  }

  async #tracked<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new SpanStoreError('CLOSED', 'postgres', 'the store has been closed');
    const running = work();
    this.#underWay.add(running);
    try {
      return await running;
    } catch (error) {
      throw fromPostgresError(error);
    } finally {
      this.#underWay.delete(running);
    }
  }

  /** Brings the schema to the newest version; of several processes that start at once one does it, the others wait. */
  async #migrate(): Promise<void> {
    const newest = POSTGRES_MIGRATIONS.length;
    if ((await this.#version()) === newest) return;
    await this.transaction(async (query) => {
      // Held to the end of the transaction; the number is everspan's own.
      await query('select pg_advisory_xact_lock($1, hashtext($2))', [ADVISORY_LOCK_CLASS, this.schema]);
      await query(`create schema if not exists ${this.schema}`);
      await query(`create table if not exists ${this.schema}.schema_version (version integer not null)`);
      const version = Number(
        (await query(`select max(version) as version from ${this.schema}.schema_version`))[0]?.['version'] ?? 0,
      );
      this.#assertKnown(version);
      for (const [index, migration] of POSTGRES_MIGRATIONS.entries()) {
        if (index < version) continue;
        await query(migration(this.schema));
        await query(`insert into ${this.schema}.schema_version values ($1)`, [index + 1]);
      }
    });
  }

  /** 0 where there is no schema yet. */
  async #version(): Promise<number> {
    const found = await this.query('select to_regclass($1) is not null as is_there', [`${this.schema}.schema_version`]);
    if (found[0]?.['is_there'] !== true) return 0;
    const rows = await this.query(`select max(version) as version from ${this.schema}.schema_version`);
    const version = Number(rows[0]?.['version'] ?? 0);
    this.#assertKnown(version);
    return version;
  }

  #assertKnown(version: number): void {
    const newest = POSTGRES_MIGRATIONS.length;
    if (version <= newest) return;
    const message = `schema ${this.schema} has version ${version}, this everspan knows ${newest}: it needs a newer everspan`;
    throw new SpanStoreError('NEWER_SCHEMA', 'postgres', message);
  }
}

const ADVISORY_LOCK_CLASS = 1_702_260_851;

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const startedMs = performance.now();
    try {
      return await work();
    } catch (error) {
      const { code } = fromPostgresError(error);
      const isLost = code === 'UNAVAILABLE' && performance.now() - startedMs < NOTICED_AT_ONCE_MS;
      const triesMax = isLost ? LOST_TRIES_MAX : code === 'LOCKED' ? CONFLICT_TRIES_MAX : 1;
      if (tries >= triesMax) throw error;
    }
  }
}

/** Gives the connection back as it came, or drops it when its state is not known. */
async function release(client: PoolClient, failure: unknown): Promise<void> {
  if (failure === undefined) {
    client.release();
    return;
  }
  try {
    await client.query('rollback');
    client.release();
  } catch {
    // The connection is broken: the pool makes another.
    client.release(true);
  }
}

function ignoreIdleError(): void {}
