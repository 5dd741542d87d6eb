import { SpanStoreError, type SpanStoreCode } from './errors.js';

const STORE = 'postgres';

/** By SQLSTATE, or a class of them; the first that fits. */
const CODES: readonly (readonly [prefix: string, code: SpanStoreCode])[] = [
  ['08', 'UNAVAILABLE'],
  ['57P0', 'UNAVAILABLE'],
  ['57014', 'UNAVAILABLE'],
  ['53100', 'FULL'],
  ['53', 'UNAVAILABLE'],
  ['55P03', 'LOCKED'],
  ['40', 'LOCKED'],
  ['25006', 'READ_ONLY'],
  ['XX001', 'CORRUPT'],
  ['XX002', 'CORRUPT'],
];
/** The driver's own words for a connection that is gone, or does not come. */
const CONNECTION_LOST = /terminat|timeout|not queryable|Cannot use a pool|Connection ended|connection error/i;

/** `error` as a SpanStoreError; one that is one stays. */
export function fromPostgresError(error: unknown): SpanStoreError {
  if (error instanceof SpanStoreError) return error;
  const message = error instanceof Error && error.message !== '' ? error.message : systemCode(error);
  return new SpanStoreError(codeOf(error), STORE, `PostgreSQL: ${message}`, { cause: error });
}

function codeOf(error: unknown): SpanStoreCode {
  const state = (error as { code?: unknown } | undefined)?.code;
  if (typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state)) {
    return CODES.find(([prefix]) => state.startsWith(prefix))?.[1] ?? 'FAILED';
  }
  // ECONNREFUSED, ECONNRESET, ENOTFOUND, EPIPE, ETIMEDOUT, …
  if (typeof state === 'string' && /^E[A-Z_]+$/.test(state)) return 'UNAVAILABLE';
  return error instanceof Error && CONNECTION_LOST.test(error.message) ? 'UNAVAILABLE' : 'FAILED';
}

function systemCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : 'no connection';
}
