import { isTraceId } from '../span/ids.js';

const PREFIX = 'wfl-';
const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/;

/**
 * The trace id that rows of other programs carry for the workflow `workflowId`, where that is `wfl-` and a UUID: its hex digits.
 *
 * Only for those: what is left of other ids once all but hex digits are gone is the same for many of them. Rows that everspan writes
 * inside a trace carry that trace's own id.
 *
 * @returns `undefined` for any other id, and for the UUID that is all zeros.
 */
export function traceIdFromWorkflowId(workflowId: string): string | undefined {
  const lower = workflowId.toLowerCase();
  if (!lower.startsWith(PREFIX)) return undefined;
  const uuid = lower.slice(PREFIX.length);
  if (!UUID.test(uuid)) return undefined;
  const traceId = uuid.replaceAll('-', '');
  return isTraceId(traceId) ? traceId : undefined;
}
