import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type Libsql from 'libsql';
import { invariant } from '../span/errors.js';
import { SpanStoreError } from './errors.js';
import { loadSqliteDriver, type SqliteDriver } from './sqlite-driver.js';
import { fromSqliteError, isBusy } from './sqlite-errors.js';
import { SQLITE_MIGRATIONS } from './sqlite-migrations.js';

/** A value that SQLite takes and gives here. */
export type SqliteValue = string | number | null;
export type SqliteRow = readonly SqliteValue[];

export interface SqliteConnectionOptions {
  readonly path: string;
  /** How long a call waits for another process that writes. */
  readonly lockTimeoutMs: number;
  /** `normal`: a commit is with the operating system. `full`: it is on the disk. */
  readonly synchronous: 'normal' | 'full';
  /** Whether a file that is not there is made. */
  readonly create: boolean;
  /** What the file may grow to, in bytes; `undefined` for what the disk holds. */
  readonly sizeBytesMax: number | undefined;
  /** What the write-ahead log may grow to, in bytes, while a reader keeps it from being begun anew. */
  readonly journalBytesMax: number;
}

const RETRY_MS_MIN = 1;
const RETRY_MS_MAX = 20;
/** 16 MiB: so long a log is moved into the file, by the commit that makes it so long. Pages that change again meanwhile are moved once. */
const CHECKPOINT_PAGES = 4_000;
/** 32 MiB: what is written in order of time stays in memory until it is complete. */
const CACHE_KIB = 32_768;

/**
 * One SQLite file: a connection that writes, one transaction at a time, and a connection that reads what is committed.
 *
 * The driver is synchronous. So nothing here waits inside a call of it: a lock that another process holds is asked for again by a timer,
 * and a long transaction gives the event loop a turn between its parts, which is why reading has a connection of its own. What waits for
 * the disk, a commit and the checkpoint within it, runs in a thread of the driver.
 */
export class SqliteConnection {
  readonly path: string;
  readonly #lockTimeoutMs: number;
  readonly #journalBytesMax: number;
  readonly #driver: SqliteDriver;
  readonly #writer: Libsql.Database;
  readonly #reader: Libsql.Database;
  readonly #statements = new Map<string, Libsql.Statement>();
  readonly #readStatements = new Map<string, Libsql.Statement>();
  #lastWrite: Promise<unknown> = Promise.resolve();
  #hasWritten = false;
  #isClosed = false;

  private constructor(driver: SqliteDriver, writer: Libsql.Database, reader: Libsql.Database, options: SqliteConnectionOptions) {
    this.path = options.path;
    this.#lockTimeoutMs = options.lockTimeoutMs;
    this.#journalBytesMax = options.journalBytesMax;
    this.#driver = driver;
    this.#writer = writer;
    this.#reader = reader;
  }

  /**
   * The file, opened, its schema at the version that this code knows.
   *
   * @throws SpanStoreError `NEWER_SCHEMA`, `CORRUPT`, `LOCKED`, `UNAVAILABLE`, `MISSING_PACKAGE`.
   */
  static async open(options: SqliteConnectionOptions): Promise<SqliteConnection> {
    const driver = await loadSqliteDriver();
    const opened: Libsql.Database[] = [];
    try {
      if (!options.create && !existsSync(options.path)) {
        throw new SpanStoreError('UNAVAILABLE', 'sqlite', `${options.path}: there is no such file`);
      }
      mkdirSync(dirname(options.path), { recursive: true });
      const writer = driver.open(options.path);
      opened.push(writer);
      const deadlineMs = performance.now() + options.lockTimeoutMs;
      // Turning the journal over needs the file for a moment, and others may open it just now.
      await whenFree(deadlineMs, () => {
        writer.exec('pragma journal_mode = wal');
      });
      writer.exec(`pragma synchronous = ${options.synchronous}; pragma cache_size = -${CACHE_KIB}; pragma temp_store = memory`);
      writer.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      await migrate(driver, writer, options.path, deadlineMs);
      if (options.sizeBytesMax !== undefined) limitSize(writer, options.sizeBytesMax);
      const reader = driver.open(options.path);
      opened.push(reader);
      reader.exec(`pragma query_only = true; pragma cache_size = -${CACHE_KIB}; pragma temp_store = memory`);
      return new SqliteConnection(driver, writer, reader, options);
    } catch (error) {
      for (const database of opened) database.close();
      throw fromSqliteError(error, options.path);
    }
  }

  /**
   * What `work` gives, in one transaction: all of it or, when it throws, nothing.
   *
   * @param work - May wait between its statements: others of this process queue, those of other processes wait for the lock.
   */
  write<T>(work: (transaction: SqliteTransaction) => Promise<T> | T): Promise<T> {
    const turn = this.#lastWrite.then(async () => {
      this.#assertOpen();
      const deadlineMs = performance.now() + this.#lockTimeoutMs;
      try {
        await this.#boundJournal(deadlineMs);
        await whenFree(deadlineMs, () => {
          this.#writer.exec('begin immediate');
        });
        this.#hasWritten = true;
        return await this.#runTransaction(work);
      } catch (error) {
        throw fromSqliteError(error, this.path);
      }
    });
    this.#lastWrite = turn.catch(() => {});
    return turn;
  }

  /** All rows that `sql` gives of what is committed. */
  async read(sql: string, values: readonly SqliteValue[]): Promise<readonly SqliteRow[]> {
    this.#assertOpen();
    try {
      let rows: readonly SqliteRow[] = [];
      await whenFree(performance.now() + this.#lockTimeoutMs, () => {
        this.#assertOpen();
        rows = allRows(prepared(this.#reader, this.#readStatements, sql), values);
      });
      // Who asks again and again would else leave no turn for timers and sockets, since nothing here waits for anything.
      await breathe();
      return rows;
    } catch (error) {
      throw fromSqliteError(error, this.path);
    }
  }

  /** Waits for what is under way, then closes the file. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#lastWrite;
    if (this.#hasWritten) await this.#emptyJournal();
    this.#statements.clear();
    this.#readStatements.clear();
    this.#reader.close();
    this.#writer.close();
  }

  async #runTransaction<T>(work: (transaction: SqliteTransaction) => Promise<T> | T): Promise<T> {
    try {
      const result = await work({
        run: (sql, values) => {
          prepared(this.#writer, this.#statements, sql).run(values);
        },
        all: (sql, values) => allRows(prepared(this.#writer, this.#statements, sql), values),
      });
      await this.#driver.execAside(this.#writer, 'commit');
      return result;
    } catch (error) {
      // Some errors, a full disk among them, have rolled it back already.
      if (this.#writer.inTransaction) this.#writer.exec('rollback');
      throw error;
    }
  }

  /** Waits while the log is longer than it may be: one long read, in whatever process, lets it only grow. */
  async #boundJournal(deadlineMs: number): Promise<void> {
    for (
      let pauseMs = RETRY_MS_MIN;
      this.#journalBytes() > this.#journalBytesMax;
      pauseMs = Math.min(pauseMs * 2, RETRY_MS_MAX)
    ) {
      await this.#emptyJournal();
      const bytes = this.#journalBytes();
      if (bytes <= this.#journalBytesMax) return;
      if (performance.now() + pauseMs > deadlineMs) {
        const message = `${this.path}-wal has ${bytes} bytes, limit ${this.#journalBytesMax}: a reader keeps it from being emptied`;
        throw new SpanStoreError('LOCKED', 'sqlite', message);
      }
      await wait(pauseMs);
    }
  }

  /** Moves the log into the file and cuts it, as far as others let it. */
  async #emptyJournal(): Promise<void> {
    try {
      await this.#driver.execAside(this.#writer, 'pragma wal_checkpoint(truncate)');
    } catch {
      // What is in the log stays there: committed, found by whoever opens the file, and moved by a later checkpoint.
    }
  }

  #journalBytes(): number {
    return statSync(`${this.path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new SpanStoreError('CLOSED', 'sqlite', `${this.path}: the store has been closed`);
  }
}

export interface SqliteTransaction {
  run(sql: string, values: readonly SqliteValue[]): void;
  all(sql: string, values: readonly SqliteValue[]): readonly SqliteRow[];
}

/** Gives the event loop a turn. */
export async function breathe(): Promise<void> {
  await nextTurn();
}

/** Runs `work` until no other process has the file, or the deadline has passed: then what it threw last comes out. */
async function whenFree(deadlineMs: number, work: () => void): Promise<void> {
  for (let pauseMs = RETRY_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS_MAX)) {
    try {
      work();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() + pauseMs > deadlineMs) throw error;
    }
    await wait(pauseMs);
  }
}

/** Brings the schema to the newest version; of several processes that start at once one does it, the others wait. */
async function migrate(driver: SqliteDriver, database: Libsql.Database, path: string, deadlineMs: number): Promise<void> {
  const newest = SQLITE_MIGRATIONS.length;
  if (versionOf(database) === newest) return;
  await whenFree(deadlineMs, () => {
    database.exec('begin immediate');
  });
  try {
    const version = versionOf(database);
    if (version > newest) {
      const message = `${path} has schema version ${version}, this everspan knows ${newest}: it needs a newer everspan`;
      throw new SpanStoreError('NEWER_SCHEMA', 'sqlite', message);
    }
    if (version === 0 && hasTables(database)) {
      throw new SpanStoreError('CORRUPT', 'sqlite', `${path} is a database of something else`);
    }
    for (const migration of SQLITE_MIGRATIONS.slice(version)) await driver.execAside(database, migration);
    await driver.execAside(database, `pragma user_version = ${newest}; commit`);
  } catch (error) {
    if (database.inTransaction) database.exec('rollback');
    throw error;
  }
}

function versionOf(database: Libsql.Database): number {
  const version = allRows(database.prepare('pragma user_version').raw(), [])[0]?.[0];
  invariant(typeof version === 'number', 'SQLite tells its user_version');
  return version;
}

function limitSize(database: Libsql.Database, bytesMax: number): void {
  const pageBytes = allRows(database.prepare('pragma page_size').raw(), [])[0]?.[0];
  invariant(typeof pageBytes === 'number', 'SQLite tells its page_size');
  database.exec(`pragma max_page_count = ${Math.max(1, Math.floor(bytesMax / pageBytes))}`);
}

function hasTables(database: Libsql.Database): boolean {
  return allRows(database.prepare("select 1 from sqlite_master where type = 'table' limit 1").raw(), []).length > 0;
}

function prepared(database: Libsql.Database, statements: Map<string, Libsql.Statement>, sql: string): Libsql.Statement {
  let statement = statements.get(sql);
  if (statement === undefined) {
    statement = database.prepare(sql);
    // What gives no rows has no raw mode.
    if (statement.reader) statement.raw();
    statements.set(sql, statement);
  }
  return statement;
}

function allRows(statement: Libsql.Statement, values: readonly SqliteValue[]): readonly SqliteRow[] {
  return statement.all(values) as SqliteRow[];
}
