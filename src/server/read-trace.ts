import { isTraceId, traceIdFromUuid } from '../span/ids.js';
import type { Span } from '../span/span.js';
import type { StoreScope } from '../store/span-store.js';
import type { CollectorParts } from './collector-parts.js';
import { CollectorError } from './errors.js';

/** Characters of ids that are only compared: of workflows and tasks. */
const ID_LENGTH_MAX = 1_000;

/** @throws CollectorError `INVALID_ID`. */
export function traceIdParam(text: string | undefined): string {
  const traceId = isTraceId(text) ? text : traceIdFromUuid(text ?? '');
  if (traceId !== undefined) return traceId;
  throw new CollectorError(400, 'INVALID_ID', 'a trace id is 32 lower-case hex digits, or the same as a UUID');
}

/** An id of any text; whatever it holds, it is only compared. @param what - For the message: `a task id`. @throws CollectorError `INVALID_ID`. */
export function checkedIdParam(what: string, text: string | undefined): string {
  if (text !== undefined && text !== '' && text.length <= ID_LENGTH_MAX && text.isWellFormed() && !text.includes('\0'))
    return text;
  throw new CollectorError(400, 'INVALID_ID', `${what} is 1 to ${ID_LENGTH_MAX} characters of well-formed text without NUL`);
}

/** @throws CollectorError 404 `UNKNOWN_TRACE`, 413 `TRACE_TOO_LARGE`. */
export async function readTrace(parts: CollectorParts, traceId: string, scope: StoreScope): Promise<readonly Span[]> {
  const spans = await parts.store.trace(traceId, scope);
  if (spans.length === 0) throw new CollectorError(404, 'UNKNOWN_TRACE', `there is no trace ${traceId}`);
  if (spans.length > parts.limits.traceSpans) {
    throw new CollectorError(
      413,
      'TRACE_TOO_LARGE',
      `trace ${traceId} has ${spans.length} spans, more than ${parts.limits.traceSpans}`,
    );
  }
  return spans;
}
