import type { SpanStatus } from '../span/span.js';
import { fromColumn, toColumn } from './column-text.js';
import { prevails } from './prevails.js';
import type { SpanRow } from './span-row.js';
import { breathe, type SqliteRow, type SqliteTransaction, type SqliteValue } from './sqlite-connection.js';
import { recomputeTrace, readTrace, writeTrace } from './sqlite-traces.js';
import { changedTrace, type TracedRow, type TraceRow } from './trace-row.js';

/** Rows of one statement: many at once cost half of one by one. */
const ROWS_AT_ONCE = [50, 10, 1] as const;
/** Rows between two turns of the event loop: some 3 ms. */
const ROWS_PER_TURN = 250;

const COLUMNS =
  'account_no, sequence, trace_id, span_id, merge_rank, parent_id, name, type, status, start_time, end_time, workflow_id, service_name, body';
const VALUES_PER_ROW = 12;
const REPLACED = [
  'merge_rank',
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
    json_array(span_id, merge_rank, parent_id, type, status, start_time, end_time, workflow_id, service_name)
  )
  from spans
  where account_no = ? and trace_id = ? and span_id in (select value from json_each(?))`;

const KNOWN_BODY = 'select body from spans where account_no = ? and trace_id = ? and span_id = ?';

type KnownRow = TracedRow & { readonly mergeRank: string };
/** By trace, then by span. */
type KnownRows = ReadonlyMap<string, ReadonlyMap<string, KnownRow>>;

/** A trace within one upsert: as it was and will be, and whether it has to be looked at as a whole. */
interface TouchedTrace {
  trace: TraceRow | undefined;
  readonly isNew: boolean;
  isUnclear: boolean;
  hasChanged: boolean;
  /** By workflow, how many spans more (or fewer) there are. */
  readonly workflowDeltas: Map<string, number>;
}

/** One batch on its way into the tables. */
export class SqliteUpsert {
  readonly #transaction: SqliteTransaction;
  readonly #accountNo: number;
  readonly #nowMicros: number;
  readonly #traces = new Map<string, TouchedTrace>();
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
      this.#writeWorkflows(traceId, touched.workflowDeltas);
    }
    this.#transaction.run('update accounts set last_sequence = ? where account_no = ?', [this.#sequence, this.#accountNo]);
    return written;
  }

  #writePart(rows: readonly SpanRow[]): boolean[] {
    const known = this.#knownRows(rows);
    const greater: SpanRow[] = [];
    const written = rows.map((row) => {
      const before = known.get(row.traceId)?.get(row.spanId);
      if (before !== undefined && !this.#prevails(row, before)) return false;
      greater.push(row);
      this.#trace(row, before);
      return true;
    });
    this.#writeRows(greater);
    return written;
  }

  /** By the merge law. What is known stays so until the commit: the transaction holds the lock. */
  #prevails(row: SpanRow, known: KnownRow): boolean {
    if (row.mergeRank !== known.mergeRank) return row.mergeRank > known.mergeRank;
    const body = this.#transaction.all(KNOWN_BODY, [this.#accountNo, row.traceId, row.spanId])[0]?.[0] as string;
    return prevails(row, { mergeRank: known.mergeRank, body });
  }

  #knownRows(rows: readonly SpanRow[]): KnownRows {
    const idsByTrace = new Map<string, string[]>();
    for (const { traceId, spanId } of rows) {
      const ids = idsByTrace.get(traceId);
      if (ids === undefined) idsByTrace.set(traceId, [spanId]);
      else ids.push(spanId);
    }
    const known = new Map<string, ReadonlyMap<string, KnownRow>>();
    for (const [traceId, spanIds] of idsByTrace) {
      // A trace that is not there has no spans: the common case of a START costs one look-up for all of them.
      if (this.#touched(traceId).isNew) continue;
      const answer = this.#transaction.all(KNOWN_ROWS, [this.#accountNo, traceId, JSON.stringify(spanIds)]);
      const found = JSON.parse(answer[0]?.[0] as string) as SqliteRow[];
      known.set(traceId, new Map(found.map((row) => [row[0] as string, toKnownRow(row)])));
    }
    return known;
  }

  #touched(traceId: string): TouchedTrace {
    let touched = this.#traces.get(traceId);
    if (touched === undefined) {
      const trace = readTrace(this.#transaction, this.#accountNo, traceId);
      touched = { trace, isNew: trace === undefined, isUnclear: false, hasChanged: false, workflowDeltas: new Map() };
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
    if (before?.workflowId !== undefined) countWorkflow(touched, before.workflowId, -1);
    if (row.workflowId !== undefined) countWorkflow(touched, row.workflowId, 1);
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

  #writeWorkflows(traceId: string, deltas: ReadonlyMap<string, number>): void {
    for (const [workflowId, delta] of deltas) {
      if (delta === 0) continue;
      const key = [this.#accountNo, toColumn(workflowId), traceId];
      this.#transaction.run(COUNT_WORKFLOW, [...key, delta]);
      if (delta < 0) this.#transaction.run(DROP_WORKFLOW, key);
    }
  }
}

function countWorkflow({ workflowDeltas }: TouchedTrace, workflowId: string, delta: number): void {
  workflowDeltas.set(workflowId, (workflowDeltas.get(workflowId) ?? 0) + delta);
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
    on conflict (account_no, trace_id, span_id) do update set ${replaced.join(', ')}`;
}

function pushValues(values: SqliteValue[], row: SpanRow): void {
  values.push(
    row.traceId,
    row.spanId,
    row.mergeRank,
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
  const [spanId, mergeRank, parentId, type, status, startTime, endTime, workflowId, serviceName] = row;
  return {
    spanId: spanId as string,
    mergeRank: mergeRank as string,
    parentId: (parentId as string | null) ?? undefined,
    type: fromColumn(type as string),
    // Of what was there before, nobody asks the name.
    name: '',
    status: status as SpanStatus,
    startTime: startTime as number,
    endTime: (endTime as number | null) ?? undefined,
    workflowId: workflowId === null ? undefined : fromColumn(workflowId as string),
    serviceName: serviceName === null ? undefined : fromColumn(serviceName as string),
  };
}
