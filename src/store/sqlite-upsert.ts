import type { SpanStatus } from '../span/span.js';
import { fromColumn, toColumn } from './column-text.js';
import type { SpanRow } from './span-row.js';
import { breathe, type SqliteRow, type SqliteTransaction, type SqliteValue } from './sqlite-connection.js';
import { recomputeTrace, readTrace, writeTrace } from './sqlite-traces.js';
import { changedTrace, type TracedRow, type TraceRow } from './trace-row.js';

/** Rows of one statement: many at once cost half of one by one. */
const ROWS_AT_ONCE = [50, 10, 1] as const;
/** Rows between two turns of the event loop: about 10 ms. */
const ROWS_PER_TURN = 500;

const COLUMNS =
  'account_no, sequence, trace_id, span_id, merge_key, parent_id, name, type, status, start_time, end_time, workflow_id, service_name, body';
const VALUES_PER_ROW = 12;
const REPLACED = [
  'merge_key',
  'sequence',
  'parent_id',
  'name',
  'type',
  'status',
  'start_time',
  'end_time',
  'workflow_id',
  'service_name',
  'body',
];
const UPSERTS = new Map(ROWS_AT_ONCE.map((count) => [count, upsertSql(count)]));

// As one text: the driver takes longer over eight hundred values than both ends over their JSON.
const KNOWN_ROWS = `
  select json_group_array(
    json_array(span_id, merge_key, parent_id, status, start_time, end_time, workflow_id, service_name)
  )
  from spans
  where account_no = ? and trace_id = ? and span_id in (select value from json_each(?))`;

type KnownRow = TracedRow & { readonly mergeKey: string };

/** A trace within one upsert: as it was and will be, and whether it has to be looked at as a whole. */
interface TouchedTrace {
  trace: TraceRow | undefined;
  readonly isNew: boolean;
  isUnclear: boolean;
  hasChanged: boolean;
}

/** One batch on its way into the tables. */
export class SqliteUpsert {
  readonly #transaction: SqliteTransaction;
  readonly #accountNo: number;
  readonly #nowMicros: number;
  readonly #traces = new Map<string, TouchedTrace>();
  /** By workflow and trace, how many spans more (or fewer) there are. */
  readonly #workflowDeltas = new Map<string, { readonly workflowId: string; readonly traceId: string; delta: number }>();
  #sequence: number;

  constructor(
    transaction: SqliteTransaction,
    account: { readonly accountNo: number; readonly lastSequence: number },
    nowMicros: number,
  ) {
    this.#transaction = transaction;
    this.#accountNo = account.accountNo;
    this.#sequence = account.lastSequence;
    this.#nowMicros = nowMicros;
  }

  /** Writes the rows that are greater than what is there; says of each whether it was. */
  async run(rows: readonly SpanRow[]): Promise<readonly boolean[]> {
    const written: boolean[] = [];
    for (let from = 0; from < rows.length; from += ROWS_PER_TURN) {
      if (from > 0) await breathe();
      written.push(...this.#writePart(rows.slice(from, from + ROWS_PER_TURN)));
    }
    for (const [traceId, touched] of this.#traces) {
      if (!touched.hasChanged) continue;
      const trace = touched.isUnclear ? await recomputeTrace(this.#transaction, this.#accountNo, traceId) : touched.trace;
      if (trace !== undefined) writeTrace(this.#transaction, this.#accountNo, traceId, trace, this.#nowMicros);
    }
    this.#writeWorkflows();
    this.#transaction.run('update accounts set last_sequence = ? where account_no = ?', [this.#sequence, this.#accountNo]);
    return written;
  }

  #writePart(rows: readonly SpanRow[]): boolean[] {
    const known = this.#knownRows(rows);
    const greater: SpanRow[] = [];
    const written = rows.map((row) => {
      const before = known.get(row.traceId + row.spanId);
      // The same law as in the statement below, which no other writer can come before: the transaction holds the lock.
      if (before !== undefined && row.mergeKey <= before.mergeKey) return false;
      greater.push(row);
      this.#trace(row, before);
      return true;
    });
    this.#writeRows(greater);
    return written;
  }

  #knownRows(rows: readonly SpanRow[]): ReadonlyMap<string, KnownRow> {
    const idsByTrace = new Map<string, string[]>();
    for (const { traceId, spanId } of rows) {
      const ids = idsByTrace.get(traceId);
      if (ids === undefined) idsByTrace.set(traceId, [spanId]);
      else ids.push(spanId);
    }
    const known = new Map<string, KnownRow>();
    for (const [traceId, spanIds] of idsByTrace) {
      // A trace that is not there has no spans: the common case of a START costs one look-up for all of them.
      if (this.#touched(traceId).isNew) continue;
      const answer = this.#transaction.all(KNOWN_ROWS, [this.#accountNo, traceId, JSON.stringify(spanIds)]);
      for (const row of JSON.parse(answer[0]?.[0] as string) as SqliteRow[]) {
        const found = toKnownRow(row);
        known.set(traceId + found.spanId, found);
      }
    }
    return known;
  }

  #touched(traceId: string): TouchedTrace {
    let touched = this.#traces.get(traceId);
    if (touched === undefined) {
      const trace = readTrace(this.#transaction, this.#accountNo, traceId);
      touched = { trace, isNew: trace === undefined, isUnclear: false, hasChanged: false };
      this.#traces.set(traceId, touched);
    }
    return touched;
  }

  #trace(row: SpanRow, before: KnownRow | undefined): void {
    const touched = this.#touched(row.traceId);
    touched.hasChanged = true;
    if (!touched.isUnclear) {
      const trace = changedTrace(touched.trace, row, before);
      if (trace === undefined) touched.isUnclear = true;
      else touched.trace = trace;
    }
    if (before?.workflowId === row.workflowId) return;
    if (before?.workflowId !== undefined) this.#countWorkflow(before.workflowId, row.traceId, -1);
    if (row.workflowId !== undefined) this.#countWorkflow(row.workflowId, row.traceId, 1);
  }

  #countWorkflow(workflowId: string, traceId: string, delta: number): void {
    const key = traceId + workflowId;
    const counted = this.#workflowDeltas.get(key);
    if (counted === undefined) this.#workflowDeltas.set(key, { workflowId, traceId, delta });
    else counted.delta += delta;
  }

  #writeRows(rows: readonly SpanRow[]): void {
    let from = 0;
    for (const count of ROWS_AT_ONCE) {
      const sql = UPSERTS.get(count) as string;
      for (; rows.length - from >= count; from += count) {
        const values: SqliteValue[] = [this.#accountNo, this.#sequence];
        for (let index = from; index < from + count; index += 1) pushValues(values, rows[index] as SpanRow);
        this.#transaction.run(sql, values);
        this.#sequence += count;
      }
    }
  }

  #writeWorkflows(): void {
    for (const { workflowId, traceId, delta } of this.#workflowDeltas.values()) {
      if (delta === 0) continue;
      const key = [this.#accountNo, toColumn(workflowId), traceId];
      this.#transaction.run(COUNT_WORKFLOW, [...key, delta]);
      if (delta < 0) this.#transaction.run(DROP_WORKFLOW, key);
    }
  }
}

const COUNT_WORKFLOW = `
  insert into trace_workflows (account_no, workflow_id, trace_id, span_count) values (?, ?, ?, ?)
  on conflict (account_no, workflow_id, trace_id) do update set span_count = span_count + excluded.span_count`;
const DROP_WORKFLOW = 'delete from trace_workflows where account_no = ? and workflow_id = ? and trace_id = ? and span_count <= 0';

// The account and the last sequence are the first two values; the others follow row by row.
function upsertSql(count: number): string {
  const rows = Array.from({ length: count }, (_, index) => {
    const values = Array.from({ length: VALUES_PER_ROW }, (_value, column) => `?${3 + index * VALUES_PER_ROW + column}`);
    return `(?1, ?2 + ${index + 1}, ${values.join(', ')})`;
  });
  const replaced = REPLACED.map((column) => `${column} = excluded.${column}`);
  return `
    insert into spans (${COLUMNS}) values ${rows.join(', ')}
    on conflict (account_no, trace_id, span_id) do update set ${replaced.join(', ')}
    where excluded.merge_key > spans.merge_key`;
}

function pushValues(values: SqliteValue[], row: SpanRow): void {
  values.push(
    row.traceId,
    row.spanId,
    row.mergeKey,
    row.parentId ?? null,
    toColumn(row.name),
    toColumn(row.type),
    row.status,
    row.startTime,
    row.endTime ?? null,
    row.workflowId === undefined ? null : toColumn(row.workflowId),
    row.serviceName === undefined ? null : toColumn(row.serviceName),
    row.body,
  );
}

function toKnownRow(row: SqliteRow): KnownRow {
  const [spanId, mergeKey, parentId, status, startTime, endTime, workflowId, serviceName] = row;
  return {
    spanId: spanId as string,
    mergeKey: mergeKey as string,
    parentId: (parentId as string | null) ?? undefined,
    // Of what was there before, nobody asks the name.
    name: '',
    status: status as SpanStatus,
    startTime: startTime as number,
    endTime: (endTime as number | null) ?? undefined,
    workflowId: workflowId === null ? undefined : fromColumn(workflowId as string),
    serviceName: serviceName === null ? undefined : fromColumn(serviceName as string),
  };
}
