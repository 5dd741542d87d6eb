import { isTraceId, traceIdFromUuid } from '../span/ids.js';
import type { Span } from '../span/span.js';
import { CliError } from './errors.js';
import { notFound } from './not-found.js';
import type { TraceSource } from './trace-source.js';

/**
 * The spans of the trace that `id` names: a trace id (also with hyphens or `0x`), or a workflow id, for the newest trace that
 * the workflow itself is part of.
 *
 * @throws CliError `NOT_FOUND` where there is none.
 */
export async function findTrace(source: TraceSource, id: string): Promise<readonly Span[]> {
  const spans = await lookUp(source, id);
  if (spans.length > 0) return spans;
  throw await notFound(`no trace or workflow ${id}`, source);
}

/** The trace id that `id` stands for, as in `findTrace`. */
export async function findTraceId(source: TraceSource, id: string): Promise<string> {
  return ((await findTrace(source, id))[0] as Span).traceId;
}

async function lookUp(source: TraceSource, id: string): Promise<readonly Span[]> {
  const traceId = asTraceId(id);
  const named = traceId === undefined ? [] : await source.trace(traceId);
  if (named.length > 0) return named;
  const ofWorkflow = await newestOfWorkflow(source, id);
  if (ofWorkflow.length > 0) return ofWorkflow;
  const derived = derivedTraceId(id) ?? (await uncutTraceId(source, id));
  return derived === undefined ? [] : source.trace(derived);
}

const CANDIDATES_LISTED = 100;
const CANDIDATES_READ = 20;

/** Who signals or queries a workflow from outside has a trace of his own that names it too, and there can be many of these. */
async function newestOfWorkflow(source: TraceSource, workflowId: string): Promise<readonly Span[]> {
  const newest = await source.listTraces({ workflowId }, { limit: CANDIDATES_LISTED });
  const oldest =
    newest.cursor === undefined
      ? []
      : (await source.listTraces({ workflowId }, { limit: CANDIDATES_READ, order: 'oldest' })).items;
  const candidates = [
    ...newest.items.filter((trace) => trace.spanCount > 1).slice(0, CANDIDATES_READ),
    ...newest.items,
    ...oldest,
  ];
  const ids = [...new Set(candidates.map((trace) => trace.traceId))].slice(0, 2 * CANDIDATES_READ);
  for (const traceId of ids) {
    const spans = await source.trace(traceId);
    if (spans.some((span) => span.type === 'workflow' && span.attributes['temporal.workflow.id'] === workflowId)) return spans;
  }
  // Foreign rows have no span of that type, and of a workflow that is not traced only its clients tell.
  return newest.items[0] === undefined ? [] : source.trace(newest.items[0].traceId);
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

const LISTED_FOR_CUT_IDS = 1_000;

/**
 * The trace id of which a list on a narrow terminal has shown `cut`: `0198…b5c1`, or a workflow id so cut.
 *
 * @throws CliError `USAGE` where it stands for several of the newest traces.
 */
async function uncutTraceId(source: TraceSource, cut: string): Promise<string | undefined> {
  const [head, tail, ...more] = cut.split('…');
  if (head === undefined || tail === undefined || more.length > 0) return undefined;
  const { items } = await source.listTraces({}, { limit: LISTED_FOR_CUT_IDS });
  const isMeant = (id: string | undefined): boolean => id !== undefined && id.startsWith(head) && id.endsWith(tail);
  const meant = items.filter((trace) => isMeant(trace.traceId) || isMeant(trace.workflowId));
  if (meant.length > 1) throw new CliError('USAGE', `${cut} stands for ${meant.length} traces: give the id whole`);
  return meant[0]?.traceId;
}
