import { isTraceId, traceIdFromUuid } from '../span/ids.js';
import type { Span } from '../span/span.js';
import { CliError } from './errors.js';
import type { TraceSource } from './trace-source.js';

/**
 * The spans of the trace that `id` names: a trace id (also with hyphens or `0x`), or a workflow id, of which the newest trace is taken.
 *
 * @throws CliError `NOT_FOUND` where there is none.
 */
export async function findTrace(source: TraceSource, id: string): Promise<readonly Span[]> {
  const spans = await lookUp(source, id);
  if (spans.length > 0) return spans;
  throw new CliError('NOT_FOUND', `no trace or workflow ${id} in ${source.name}`);
}

/** The trace id that `id` stands for, as in `findTrace`. */
export async function findTraceId(source: TraceSource, id: string): Promise<string> {
  return ((await findTrace(source, id))[0] as Span).traceId;
}

async function lookUp(source: TraceSource, id: string): Promise<readonly Span[]> {
  const traceId = asTraceId(id);
  const named = traceId === undefined ? [] : await source.trace(traceId);
  if (named.length > 0) return named;
  const { items } = await source.listTraces({ workflowId: id }, { limit: 1 });
  if (items[0] !== undefined) return source.trace(items[0].traceId);
  const derived = derivedTraceId(id);
  return derived === undefined ? [] : source.trace(derived);
}

function asTraceId(id: string): string | undefined {
  const hex = id.toLowerCase().replace(/^0x/, '');
  return isTraceId(hex) ? hex : traceIdFromUuid(hex);
}

/** Foreign rows of a workflow `wfl-<uuid>` have its digits as their trace id. */
function derivedTraceId(workflowId: string): string | undefined {
  const uuid = /^wfl-([0-9a-f-]+)$/i.exec(workflowId)?.[1];
  const traceId = uuid?.replaceAll('-', '').toLowerCase().padStart(32, '0');
  return isTraceId(traceId) ? traceId : undefined;
}
