import { SpanStoreError, type SpanStoreCode } from '../store/errors.js';
import { CollectorError } from './errors.js';

/** Any failure of a request as the answer that it gets; what is not known is `INTERNAL`, and none of it is told. */
export function toCollectorError(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  if (error instanceof SpanStoreError) return ofStore(error);
  return new CollectorError(500, 'INTERNAL', 'the collector failed at this request; its log says more', { cause: error });
}

/** `error` as every refusal of the collector looks: `{"error":{"code","message"}}`. */
export function errorResponse(error: CollectorError): Response {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (error.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds);
  const body = { error: { code: error.code, message: error.message } };
  return new Response(JSON.stringify(body), { status: error.status, headers });
}

/** Seconds to wait by what keeps the store from its work; what is not here will not pass by itself. */
const PASSES_IN_SECONDS: Partial<Readonly<Record<SpanStoreCode, number>>> = {
  UNAVAILABLE: 2,
  LOCKED: 1,
  FULL: 30,
  READ_ONLY: 30,
  CLOSED: 2,
};

function ofStore(error: SpanStoreError): CollectorError {
  const { code, message } = error;
  if (code === 'TASK_OF_ANOTHER') return new CollectorError(409, 'TASK_OF_ANOTHER', message);
  if (code === 'INVALID_CURSOR' || code === 'INVALID_QUERY') return new CollectorError(400, 'INVALID_QUERY', message);
  const retryAfterSeconds = PASSES_IN_SECONDS[code];
  // What the database said may name hosts and paths: it is for the log, the code is for the client.
  return retryAfterSeconds === undefined
    ? new CollectorError(500, 'STORE_FAILED', `the store failed (${code})`, { cause: error })
    : new CollectorError(503, 'STORE_UNAVAILABLE', `the store takes nothing now (${code})`, { retryAfterSeconds, cause: error });
}
