import { v7 } from 'uuid';
import { traceIdFromUuid } from '../span/ids.js';
import { invariant } from '../span/errors.js';

/**
 * A new trace id: the 32 hex digits of a UUIDv7.
 *
 * Ids made later by this process are greater as text, within one millisecond and after the clock jumped back too, so a
 * store that sorts by id sorts by time. Draws from the system's random source: for clients and workers, never inside a workflow,
 * where ids are derived.
 */
export function generateTraceId(): string {
  const traceId = traceIdFromUuid(v7());
  invariant(traceId !== undefined, 'a UUIDv7 is a valid trace id');
  return traceId;
}
