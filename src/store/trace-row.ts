import type { SpanStatus } from '../span/span.js';
import type { SpanRow } from './span-row.js';
import type { TraceSummary } from './span-store.js';

/** What a trace list needs of a span. */
export type TracedRow = Pick<
  SpanRow,
  'spanId' | 'parentId' | 'type' | 'name' | 'status' | 'startTime' | 'endTime' | 'workflowId' | 'serviceName'
>;

/**
 * What is known of a trace: a function of the rows of its spans, whatever order they came in.
 *
 * The ranks say which span a field comes from: the one with the least, see `rankOf`.
 */
export interface TraceRow {
  readonly startTime: number;
  /** The latest end there is, also while other spans are open. */
  readonly lastEndTime: number | undefined;
  readonly spanCount: number;
  readonly openCount: number;
  readonly errorCount: number;
  readonly headRank: string;
  readonly name: string;
  readonly status: SpanStatus;
  readonly workflowRank: string | undefined;
  readonly workflowId: string | undefined;
  readonly serviceRank: string | undefined;
  readonly serviceName: string | undefined;
}

/** The trace of `rows`; `undefined` when there are none. */
export function traceOf(rows: Iterable<TracedRow>): TraceRow | undefined {
  let trace: TraceRow | undefined;
  for (const row of rows) trace = addedTo(trace, row);
  return trace;
}

/** `trace` with one span more. */
export function addedTo(trace: TraceRow | undefined, row: TracedRow): TraceRow {
  return withRow(trace, row, undefined);
}

/**
 * `trace` once `row` stands in the place of `before` (in nobody's, when it is new).
 *
 * @returns `undefined` where that cannot be told without the other spans: what `before` gave the trace may be gone.
 */
export function changedTrace(trace: TraceRow | undefined, row: TracedRow, before: TracedRow | undefined): TraceRow | undefined {
  if (before === undefined) return withRow(trace, row, undefined);
  const isSame =
    rankOf(before) === rankOf(row) &&
    before.workflowId === row.workflowId &&
    before.serviceName === row.serviceName &&
    (before.endTime === undefined || (row.endTime !== undefined && row.endTime >= before.endTime));
  return isSame ? withRow(trace, row, before) : undefined;
}

export function summaryOf(traceId: string, trace: TraceRow): TraceSummary {
  return {
    traceId,
    name: trace.name,
    status: trace.status,
    startTime: trace.startTime,
    ...(trace.openCount > 0 || trace.lastEndTime === undefined ? {} : { endTime: trace.lastEndTime }),
    spanCount: trace.spanCount,
    openCount: trace.openCount,
    errorCount: trace.errorCount,
    ...(trace.workflowId === undefined ? {} : { workflowId: trace.workflowId }),
    ...(trace.serviceName === undefined ? {} : { serviceName: trace.serviceName }),
  };
}

/** Whether a trace with this span has errors. */
export function isError(status: SpanStatus): boolean {
  return status === 'ERROR' || status === 'TIMED_OUT';
}

/**
 * Orders the spans of a trace: the least is its head, what the trace is about. By precedence, then start, then id; SQL says the same in
 * `precedenceSql`.
 *
 * Each span tells its rank alone, whatever else has come: so the head is a minimum, and the order in which spans come does not matter.
 */
export function rankOf(row: TracedRow): string {
  return `${precedenceOf(row)}${String(row.startTime).padStart(16, '0')}${row.spanId}`;
}

/**
 * 0: a root that did the work itself. 1: a workflow that was started from somewhere else; of several the first, and what it starts in its
 * turn starts later. 2: a client's call that nothing stands above: over when the workflow has begun, so it gives way to it. 3: all others,
 * and operations, which stand beside the work.
 */
function precedenceOf({ parentId, type }: TracedRow): 0 | 1 | 2 | 3 {
  if (type === 'workflow') return parentId === undefined ? 0 : 1;
  if (parentId !== undefined || type === 'operation') return 3;
  return type.startsWith('client_') ? 2 : 0;
}

/** What the rank of a trace's head begins with that is no more than calls of clients. */
export const CALL_PRECEDENCE = '2';

/** The same of a row in a table, as text; in the dialects of both databases. */
export function precedenceSql(row: string): string {
  return `case
    when ${row}.type = 'workflow' then case when ${row}.parent_id is null then '0' else '1' end
    when ${row}.parent_id is not null or ${row}.type = 'operation' then '3'
    when substr(${row}.type, 1, 7) = 'client_' then '2'
    else '0' end`;
}

function withRow(trace: TraceRow | undefined, row: TracedRow, before: TracedRow | undefined): TraceRow {
  const rank = rankOf(row);
  const isHead = trace === undefined || rank <= trace.headRank;
  const givesWorkflow = row.workflowId !== undefined && (trace?.workflowRank === undefined || rank <= trace.workflowRank);
  const givesService = row.serviceName !== undefined && (trace?.serviceRank === undefined || rank <= trace.serviceRank);
  return {
    startTime: Math.min(row.startTime, trace?.startTime ?? row.startTime),
    lastEndTime: latest(row.endTime, trace?.lastEndTime),
    spanCount: (trace?.spanCount ?? 0) + (before === undefined ? 1 : 0),
    openCount: (trace?.openCount ?? 0) + openOf(row) - openOf(before),
    errorCount: (trace?.errorCount ?? 0) + errorOf(row) - errorOf(before),
    headRank: isHead ? rank : trace.headRank,
    name: isHead ? row.name : trace.name,
    status: isHead ? row.status : trace.status,
    workflowRank: givesWorkflow ? rank : trace?.workflowRank,
    workflowId: givesWorkflow ? row.workflowId : trace?.workflowId,
    serviceRank: givesService ? rank : trace?.serviceRank,
    serviceName: givesService ? row.serviceName : trace?.serviceName,
  };
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

function openOf(row: TracedRow | undefined): number {
  return row !== undefined && row.endTime === undefined ? 1 : 0;
}

function errorOf(row: TracedRow | undefined): number {
  return row !== undefined && isError(row.status) ? 1 : 0;
}
