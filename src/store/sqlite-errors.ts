import { SpanStoreError, type SpanStoreCode } from './errors.js';

/** Primary result codes of SQLite by name; the extended ones begin with them. */
const CODES: readonly (readonly [prefix: string, code: SpanStoreCode])[] = [
  ['SQLITE_BUSY', 'LOCKED'],
  ['SQLITE_LOCKED', 'LOCKED'],
  ['SQLITE_PROTOCOL', 'LOCKED'],
  ['SQLITE_FULL', 'FULL'],
  ['SQLITE_READONLY', 'READ_ONLY'],
  ['SQLITE_PERM', 'READ_ONLY'],
  ['SQLITE_CORRUPT', 'CORRUPT'],
  ['SQLITE_NOTADB', 'CORRUPT'],
  ['SQLITE_IOERR', 'UNAVAILABLE'],
  ['SQLITE_CANTOPEN', 'UNAVAILABLE'],
];

/** `error` as a SpanStoreError; one that is one stays. */
export function fromSqliteError(error: unknown, path: string): SpanStoreError {
  if (error instanceof SpanStoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SpanStoreError(codeOf(error, message), 'sqlite', `${path}: ${message}`, { cause: error });
}

/** Whether another process holds the file just now. */
export function isBusy(error: unknown): boolean {
  return codeOf(error, '') === 'LOCKED';
}

function codeOf(error: unknown, message: string): SpanStoreCode {
  const named = (error as { code?: unknown } | undefined)?.code;
  const raw = (error as { rawCode?: unknown } | undefined)?.rawCode;
  const name = typeof raw === 'number' ? (NAMES_BY_NUMBER.get(raw & 0xff) ?? named) : named;
  const known = CODES.find(([prefix]) => typeof name === 'string' && name.startsWith(prefix));
  if (known !== undefined) return known[1];
  // Of the file system, while the folder is made: ENOTDIR, EEXIST, …
  if (typeof name === 'string' && /^E[A-Z]+$/.test(name)) return FILE_SYSTEM_CODES.get(name) ?? 'UNAVAILABLE';
  // The driver gives some errors of opening a file without a code.
  if (/unable to open|no such file|permission denied/i.test(message)) return 'UNAVAILABLE';
  return 'FAILED';
}

const FILE_SYSTEM_CODES: ReadonlyMap<string, SpanStoreCode> = new Map([
  ['ENOSPC', 'FULL'],
  ['EDQUOT', 'FULL'],
  ['EROFS', 'READ_ONLY'],
  ['EACCES', 'READ_ONLY'],
  ['EPERM', 'READ_ONLY'],
]);

const NAMES_BY_NUMBER: ReadonlyMap<number, string> = new Map([
  [3, 'SQLITE_PERM'],
  [5, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [8, 'SQLITE_READONLY'],
  [10, 'SQLITE_IOERR'],
  [11, 'SQLITE_CORRUPT'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
  [15, 'SQLITE_PROTOCOL'],
  [26, 'SQLITE_NOTADB'],
]);
