import type { SpanStatus } from '../span/span.js';
import { fromColumn, toColumn } from './column-text.js';
import { breathe, type SqliteRow, type SqliteTransaction, type SqliteValue } from './sqlite-connection.js';
import { addedTo, type TraceRow } from './trace-row.js';

/** What `toTraceRow` reads. */
export const TRACE_COLUMNS =
  'start_time, last_end_time, span_count, open_count, error_count, head_rank, name, status, workflow_rank, workflow_id, service_rank, service_name';

const READ = `select ${TRACE_COLUMNS} from traces where account_no = ? and trace_id = ?`;
const REPLACED = `${TRACE_COLUMNS}, changed_at`.split(', ').map((column) => `${column} = excluded.${column}`);
const WRITE = `
  insert into traces (account_no, trace_id, ${TRACE_COLUMNS}, changed_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (account_no, trace_id) do update set ${REPLACED.join(', ')}`;
const SPANS = `
  select span_id, parent_id, type, name, status, start_time, end_time, workflow_id, service_name
  from spans where account_no = ? and trace_id = ? and span_id > ? order by span_id limit ?`;
const SPANS_PER_TURN = 2_000;

export function readTrace(transaction: SqliteTransaction, accountNo: number, traceId: string): TraceRow | undefined {
  const row = transaction.all(READ, [accountNo, traceId])[0];
  return row === undefined ? undefined : toTraceRow(row);
}

export function writeTrace(
  transaction: SqliteTransaction,
  accountNo: number,
  traceId: string,
  trace: TraceRow,
  nowMicros: number,
): void {
  transaction.run(WRITE, [
    accountNo,
    traceId,
    trace.startTime,
    trace.lastEndTime ?? null,
    trace.spanCount,
    trace.openCount,
    trace.errorCount,
    trace.headRank,
    toColumn(trace.name),
    trace.status,
    trace.workflowRank ?? null,
    trace.workflowId === undefined ? null : toColumn(trace.workflowId),
    trace.serviceRank ?? null,
    trace.serviceName === undefined ? null : toColumn(trace.serviceName),
    nowMicros,
  ]);
}

/** The trace as its spans say; the event loop has its turns meanwhile. */
export async function recomputeTrace(
  transaction: SqliteTransaction,
  accountNo: number,
  traceId: string,
): Promise<TraceRow | undefined> {
  let trace: TraceRow | undefined;
  for (let after = ''; ; ) {
    const rows = transaction.all(SPANS, [accountNo, traceId, after, SPANS_PER_TURN]);
    for (const row of rows) {
      const [spanId, parentId, type, name, status, startTime, endTime, workflowId, serviceName] = row;
      trace = addedTo(trace, {
        spanId: spanId as string,
        parentId: (parentId as string | null) ?? undefined,
        type: fromColumn(type as string),
        name: fromColumn(name as string),
        status: status as SpanStatus,
        startTime: startTime as number,
        endTime: (endTime as number | null) ?? undefined,
        workflowId: textOrNone(workflowId),
        serviceName: textOrNone(serviceName),
      });
      after = spanId as string;
    }
    if (rows.length < SPANS_PER_TURN) return trace;
    await breathe();
  }
}

/** A row that begins with `TRACE_COLUMNS`. */
export function toTraceRow(row: SqliteRow): TraceRow {
  const [startTime, lastEnd, spanCount, openCount, errorCount, headRank, name, status, ...registers] = row;
  const [workflowRank, workflowId, serviceRank, serviceName] = registers;
  return {
    startTime: startTime as number,
    lastEndTime: (lastEnd as number | null) ?? undefined,
    spanCount: spanCount as number,
    openCount: openCount as number,
    errorCount: errorCount as number,
    headRank: headRank as string,
    name: fromColumn(name as string),
    status: status as SpanStatus,
    workflowRank: (workflowRank as string | null) ?? undefined,
    workflowId: textOrNone(workflowId),
    serviceRank: (serviceRank as string | null) ?? undefined,
    serviceName: textOrNone(serviceName),
  };
}

function textOrNone(column: SqliteValue | undefined): string | undefined {
  return typeof column === 'string' ? fromColumn(column) : undefined;
}
