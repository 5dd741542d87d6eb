import { comparedText, toColumn } from './column-text.js';
import type { PageQuery } from './page.js';
import type { SpanFilter, TraceFilter } from './span-store.js';
import { CALL_PRECEDENCE } from './trace-row.js';

export type WhereValue = string | number | readonly string[];

/** What the two dialects of SQL say in their own ways. `bind` takes a value and gives its place. */
export interface Dialect {
  /** The table of that name. */
  readonly table: (name: string) => string;
  /** Those spans, as `s`, that have one of `ids` in any trace; found by asking each trace for them. */
  readonly spansByIds: (accountPlace: string, isOneOfIds: string) => string;
  /** Whether `column` is one of `values`. */
  readonly isOneOf: (column: string, values: readonly string[], bind: (value: WhereValue) => string) => string;
}

/** Conditions joined by `and`, and the values of their places. */
export interface Where {
  readonly sql: string;
  /** The rows that it is about. */
  readonly from: string;
  /** Whether few rows meet it, found by ids: better sorted than read in order of their start. */
  readonly isNarrow: boolean;
  readonly values: readonly WhereValue[];
}

/** Collects conditions; every value goes by a place, never into the text. */
class WhereBuilder {
  readonly #conditions: string[] = [];
  readonly #values: WhereValue[];
  readonly #dialect: Dialect;

  constructor(dialect: Dialect, accountNo: number, table: string) {
    this.#dialect = dialect;
    this.#values = [accountNo];
    this.#conditions.push(`${table}.account_no = $1`);
  }

  readonly bind = (value: WhereValue): string => {
    this.#values.push(value);
    return `$${this.#values.length}`;
  };

  add(condition: string): void {
    this.#conditions.push(condition);
  }

  equals(column: string, value: string | undefined): void {
    if (value !== undefined) this.add(`${column} = ${this.bind(value)}`);
  }

  // Columns hold whole numbers, and a fraction is no place of a bigint: the next whole number in the same sense does it.
  bound(column: string, operator: '<' | '<=' | '>=', value: number | undefined): void {
    if (value === undefined) return;
    const whole = operator === '<=' ? Math.floor(value) : Math.ceil(value);
    const safe = Math.min(Number.MAX_SAFE_INTEGER, Math.max(-Number.MAX_SAFE_INTEGER, whole));
    this.add(Number.isNaN(safe) ? '1 = 0' : `${column} ${operator} ${this.bind(safe)}`);
  }

  oneOf(column: string, values: readonly string[] | undefined): void {
    if (values !== undefined) this.add(this.#dialect.isOneOf(column, values, this.bind));
  }

  behind(columns: readonly string[], page: PageQuery): void {
    if (page.after === undefined) return;
    const ids = [page.after.traceId, page.after.spanId].slice(0, columns.length - 1);
    const places = [page.after.startTime, ...ids].map(this.bind);
    const operator = page.isNewestFirst ? '<' : '>';
    // The first is for the planner: an index that holds the start alone serves it.
    this.add(`${columns[0]} ${operator}= ${places[0]}`);
    this.add(`(${columns.join(', ')}) ${operator} (${places.join(', ')})`);
  }

  done(from: string, isNarrow: boolean): Where {
    return { from, sql: this.#conditions.join(' and '), values: this.#values, isNarrow };
  }
}

/** Of the table `traces`, called `t`. */
export function whereTraces(filter: TraceFilter, page: PageQuery, accountNo: number, dialect: Dialect): Where {
  const where = new WhereBuilder(dialect, accountNo, 't');
  if (filter.workflowId !== undefined) {
    const workflow = where.bind(toColumn(comparedText(filter.workflowId)));
    where.add(
      `t.trace_id in (select w.trace_id from ${dialect.table('trace_workflows')} w where w.account_no = $1 and w.workflow_id = ${workflow})`,
    );
  }
  where.equals('t.name', columnOf(filter.name));
  where.equals('t.status', filter.status === undefined ? undefined : toColumn(filter.status));
  where.equals('t.service_name', columnOf(filter.serviceName));
  where.bound('t.start_time', '>=', filter.startedFrom);
  where.bound('t.start_time', '<', filter.startedTo);
  if (filter.hasOpenSpans !== undefined) where.add(filter.hasOpenSpans ? 't.open_count > 0' : 't.open_count = 0');
  if (filter.hasErrors !== undefined) where.add(filter.hasErrors ? 't.error_count > 0' : 't.error_count = 0');
  if (filter.isCall !== undefined) where.add(`substr(t.head_rank, 1, 1) ${filter.isCall ? '=' : '<>'} '${CALL_PRECEDENCE}'`);
  if (filter.durationAtLeast !== undefined || filter.durationAtMost !== undefined) where.add('t.open_count = 0');
  where.bound('t.last_end_time - t.start_time', '>=', filter.durationAtLeast);
  where.bound('t.last_end_time - t.start_time', '<=', filter.durationAtMost);
  where.behind(['t.start_time', 't.trace_id'], page);
  return where.done(`${dialect.table('traces')} t`, filter.workflowId !== undefined);
}

/** Of the table `spans`, called `s`. */
export function whereSpans(filter: SpanFilter, page: PageQuery, accountNo: number, dialect: Dialect): Where {
  const where = new WhereBuilder(dialect, accountNo, 's');
  where.oneOf('s.trace_id', filter.traceIds?.map(toColumn));
  let from = `${dialect.table('spans')} s`;
  if (filter.spanIds !== undefined) {
    const isOneOfIds = dialect.isOneOf('s.span_id', filter.spanIds.map(toColumn), where.bind);
    if (filter.traceIds === undefined) from = dialect.spansByIds('$1', isOneOfIds);
    else where.add(isOneOfIds);
  }
  where.oneOf('s.parent_id', filter.parentIds?.map(toColumn));
  if (filter.parentsOnly === true) where.add('s.parent_id is null');
  where.oneOf(
    's.name',
    filter.names?.map((name) => columnOf(name)),
  );
  where.oneOf(
    's.type',
    filter.types?.map((type) => columnOf(type)),
  );
  where.oneOf('s.status', filter.statuses?.map(toColumn));
  where.bound('s.start_time', '>=', filter.startedFrom);
  where.bound('s.start_time', '<', filter.startedTo);
  where.bound('s.end_time - s.start_time', '>=', filter.durationAtLeast);
  where.bound('s.end_time - s.start_time', '<=', filter.durationAtMost);
  where.behind(['s.start_time', 's.trace_id', 's.span_id'], page);
  return where.done(from, filter.traceIds !== undefined || filter.spanIds !== undefined);
}

function columnOf(text: string): string;
function columnOf(text: string | undefined): string | undefined;
function columnOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : toColumn(comparedText(text));
}

/** What to order by, for a condition on the table `t`. */
export function orderBy(columns: readonly string[], where: Where, page: PageQuery): string {
  // A sum is in no index: without it a planner may walk through all rows by their start to find the few.
  const [first, ...ids] = columns as [string, ...string[]];
  return [where.isNarrow ? `${first} + 0` : first, ...ids]
    .map((column) => `${column} ${page.isNewestFirst ? 'desc' : 'asc'}`)
    .join(', ');
}
