import type Libsql from 'libsql';
import { SpanStoreError } from './errors.js';

/** The driver: SQLite in this thread, and what may take long in another. */
export interface SqliteDriver {
  open(path: string): Libsql.Database;
  /**
   * Runs statements without parameters in a thread of the driver's own, while the event loop goes on. Nothing else may be asked of the
   * connection until it is done.
   */
  execAside(database: Libsql.Database, sql: string): Promise<void>;
}

/** @throws SpanStoreError `MISSING_PACKAGE`. */
export async function loadSqliteDriver(): Promise<SqliteDriver> {
  try {
    const [{ default: Database }, { default: AsyncDatabase }] = await Promise.all([import('libsql'), import('libsql/promise')]);
    return {
      open: (path) => new Database(path),
      // The two interfaces of the driver are two sets of functions over one native connection, which both keep as `db`.
      execAside: async (database, sql) => {
        await AsyncDatabase.prototype.exec.call(database as unknown as AsyncConnection, sql);
      },
    };
  } catch (error) {
    throw new SpanStoreError('MISSING_PACKAGE', 'sqlite', 'the package libsql, or its part for this platform, cannot be loaded', {
      cause: error,
    });
  }
}

type AsyncConnection = InstanceType<typeof import('libsql/promise')>;
