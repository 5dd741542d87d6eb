/**
 * What a store can answer instead of what was asked for. The list is closed.
 *
 * - `UNAVAILABLE`: the database does not answer now; the same call may succeed later.
 * - `LOCKED`: another process kept the file locked for longer than the store waits.
 * - `FULL`: no room on the disk, or in the database.
 * - `READ_ONLY`: the file or the server may not be written.
 * - `CORRUPT`: the file is no database, or a damaged one.
 * - `NEWER_SCHEMA`: written by a newer everspan, which this one must not touch.
 * - `CLOSED`: the store has been closed.
 * - `TASK_OF_ANOTHER`: the task belongs to another workflow or account.
 * - `REPLACED`: the artefact was replaced while it was being read; what was read so far is of the old one.
 * - `INVALID_CURSOR`, `INVALID_QUERY`: a page that cannot be, by the caller's doing.
 * - `INVALID_URL`: no store is named so. `MISSING_PACKAGE`: an optional package is not installed.
 * - `FAILED`: anything else that the database refuses; its own words are in the message.
 */
export type SpanStoreCode =
  | 'UNAVAILABLE'
  | 'LOCKED'
  | 'FULL'
  | 'READ_ONLY'
  | 'CORRUPT'
  | 'NEWER_SCHEMA'
  | 'CLOSED'
  | 'TASK_OF_ANOTHER'
  | 'REPLACED'
  | 'INVALID_CURSOR'
  | 'INVALID_QUERY'
  | 'INVALID_URL'
  | 'MISSING_PACKAGE'
  | 'FAILED';

/** What a store could not do. `code` is for programs; the message names the store, and holds no password and no span content. */
export class SpanStoreError extends Error {
  override readonly name = 'SpanStoreError';
  readonly code: SpanStoreCode;
  /** Name of the store: `sqlite`, `postgres`, `memory`. */
  readonly store: string;

  constructor(code: SpanStoreCode, store: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.store = store;
  }
}
