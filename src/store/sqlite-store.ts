import { resolve } from 'node:path';
import type { Span } from '../span/span.js';
import type { ArtefactType, ArtefactUpload } from './artefact-store.js';
import { byStart } from './by-start.js';
import { comparedText, toColumn } from './column-text.js';
import { toDistinctRows } from './distinct-rows.js';
import { checkLimit, pageOf, readPage, startOfSummary } from './page.js';
import { spanOfBody } from './span-row.js';
import type { Page, Paged, SpanChange, SpanFilter, StoreScope, TraceFilter, TraceSummary } from './span-store.js';
import { SqliteArtefacts } from './sqlite-artefacts.js';
import { breathe, SqliteConnection, type SqliteRow, type SqliteTransaction, type SqliteValue } from './sqlite-connection.js';
import { pruneTraces } from './sqlite-prune.js';
import { toTraceRow, TRACE_COLUMNS } from './sqlite-traces.js';
import { SqliteUpsert } from './sqlite-upsert.js';
import { summaryOf } from './trace-row.js';
import type { TraceStore } from './trace-store.js';
import { type Dialect, orderBy, type Where, whereSpans, whereTraces } from './where.js';

export interface SqliteStoreOptions {
  /** The file; it and its folder are made where they are missing. */
  readonly path: string;
  /** How long a call waits while another process writes, before it throws `LOCKED`; default 5,000. */
  readonly lockTimeoutMs?: number;
  /**
   * What an acknowledged batch survives. `process` (default): the end of this process, however it ends; a crash of the operating system
   * or a power cut may take the last of them, some seconds' worth, and leaves the file whole. `power`: those as well, for one sync to
   * the disk per batch.
   */
  readonly survives?: 'process' | 'power';
  /** Whether a file that is not there is made; default true. */
  readonly create?: boolean;
  /** What the file may grow to, in bytes: then `FULL`, until something is pruned. Default: what the disk holds. */
  readonly sizeBytesMax?: number;
  /**
   * What the write-ahead log beside the file may grow to, in bytes, while a long read keeps it from being emptied: then writes wait, and
   * throw `LOCKED` in the end. Default 256 MiB.
   */
  readonly journalBytesMax?: number;
  /** Microseconds since the epoch; default: this machine's clock. */
  readonly nowMicros?: () => number;
}

const LOCK_TIMEOUT_MS_DEFAULT = 5_000;
const JOURNAL_BYTES_MAX_DEFAULT = 256 * 1_024 * 1_024;
const SPANS_PER_TURN = 1_000;

const DIALECT: Dialect = {
  table: (name) => name,
  // A cross join keeps the order of the two: each trace, then its spans by key.
  spansByIds: (account, isOneOfIds) =>
    `traces t cross join spans s on t.account_no = ${account} and s.account_no = ${account} and s.trace_id = t.trace_id and ${isOneOfIds}`,
  isOneOf: (column, values, bind) => `${column} in (select value from json_each(${bind(JSON.stringify(values))}))`,
};

/** Spans and artefacts in one SQLite file. Several processes may write to it, each in its turn. */
export class SqliteStore implements TraceStore {
  readonly name = 'sqlite';
  /** Absolute. */
  readonly path: string;
  readonly #connection: SqliteConnection;
  readonly #artefacts: SqliteArtefacts;
  readonly #nowMicros: () => number;
  readonly #accountNos = new Map<string, number>();

  private constructor(connection: SqliteConnection, nowMicros: () => number) {
    this.path = connection.path;
    this.#connection = connection;
    this.#nowMicros = nowMicros;
    this.#artefacts = new SqliteArtefacts(connection, nowMicros);
  }

  /** @throws SpanStoreError `NEWER_SCHEMA`, `CORRUPT`, `LOCKED`, `UNAVAILABLE`, `MISSING_PACKAGE`. */
  static async open(options: SqliteStoreOptions): Promise<SqliteStore> {
    const connection = await SqliteConnection.open({
      path: resolve(options.path),
      lockTimeoutMs: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS_DEFAULT,
      synchronous: options.survives === 'power' ? 'full' : 'normal',
      create: options.create ?? true,
      sizeBytesMax: options.sizeBytesMax,
      journalBytesMax: options.journalBytesMax ?? JOURNAL_BYTES_MAX_DEFAULT,
    });
    return new SqliteStore(connection, options.nowMicros ?? (() => Date.now() * 1_000));
  }

  async upsert(spans: readonly Span[], scope: StoreScope): Promise<readonly ('written' | 'kept')[]> {
    if (spans.length === 0) return [];
    const { rows, rowOf } = await toDistinctRows(spans);
    const isWritten = await this.#connection.write((transaction) => {
      const account = takeAccount(transaction, scope);
      return new SqliteUpsert(transaction, account, this.#nowMicros()).run(rows);
    });
    return rowOf.map((index) => (index !== undefined && isWritten[index] === true ? 'written' : 'kept'));
  }

  async trace(traceId: string, scope: StoreScope): Promise<readonly Span[]> {
    const accountNo = await this.#accountNo(scope);
    const first = await this.#connection.read(FIRST_SPANS, [accountNo, toColumn(traceId), SPANS_PER_TURN + 1]);
    if (first.length <= SPANS_PER_TURN) return first.map((row) => spanOfBody(row[0] as string));
    // A large one: in parts, by id, and put in order here.
    const spans: Span[] = [];
    for (let after = ''; ; ) {
      const rows = await this.#connection.read(MORE_SPANS, [accountNo, toColumn(traceId), after, SPANS_PER_TURN]);
      for (const row of rows) spans.push(spanOfBody(row[0] as string));
      if (rows.length < SPANS_PER_TURN) return spans.sort(byStart);
      after = rows.at(-1)?.[1] as string;
      await breathe();
    }
  }

  async listTraces(filter: TraceFilter, page: Page, scope: StoreScope): Promise<Paged<TraceSummary>> {
    const query = readPage(page, 'traces', this.name);
    const where = whereTraces(filter, query, await this.#accountNo(scope), DIALECT);
    const sql = `select ${TRACE_COLUMNS}, trace_id from ${where.from} where ${where.sql}
      order by ${orderBy(['t.start_time', 't.trace_id'], where, query)} limit ${query.limit + 1}`;
    const rows = await this.#read(sql, where);
    const found = rows.map((row) => summaryOf(row.at(-1) as string, toTraceRow(row)));
    return pageOf(found, query, 'traces', startOfSummary);
  }

  async searchSpans(filter: SpanFilter, page: Page, scope: StoreScope): Promise<Paged<Span>> {
    const query = readPage(page, 'spans', this.name);
    const where = whereSpans(filter, query, await this.#accountNo(scope), DIALECT);
    const sql = `select s.body from ${where.from} where ${where.sql}
      order by ${orderBy(['s.start_time', 's.trace_id', 's.span_id'], where, query)} limit ${query.limit + 1}`;
    const rows = await this.#read(sql, where);
    const found = rows.map((row) => spanOfBody(row[0] as string));
    return pageOf(found, query, 'spans', (span) => span);
  }

  async changes(
    query: { readonly after: number; readonly limit: number; readonly traceId?: string },
    scope: StoreScope,
  ): Promise<readonly SpanChange[]> {
    checkLimit(query.limit, this.name);
    const accountNo = await this.#accountNo(scope);
    const rows =
      query.traceId === undefined
        ? await this.#connection.read(CHANGES, [accountNo, query.after, query.limit])
        : await this.#connection.read(CHANGES_OF_TRACE, [accountNo, query.after, query.limit, toColumn(query.traceId)]);
    return rows.map(([sequence, body]) => ({ sequence: sequence as number, span: spanOfBody(body as string) }));
  }

  async lastSequence(scope: StoreScope): Promise<number> {
    const rows = await this.#connection.read('select last_sequence from accounts where account_id = ?', [accountColumn(scope)]);
    return (rows[0]?.[0] as number | undefined) ?? 0;
  }

  prune(query: { readonly endedBefore: number; readonly includeOpen?: boolean }): Promise<{ traces: number; spans: number }> {
    return pruneTraces(this.#connection, query);
  }

  putArtefact(upload: ArtefactUpload, scope: StoreScope): Promise<void> {
    return this.#artefacts.put(upload, (transaction) => takeAccount(transaction, scope).accountNo);
  }

  async *artefactRows(workflowId: string, type: ArtefactType, scope: StoreScope): AsyncGenerator<string> {
    yield* this.#artefacts.rows(workflowId, type, await this.#accountNo(scope));
  }

  async hasWorkflow(workflowId: string, scope: StoreScope): Promise<boolean> {
    return this.#artefacts.hasWorkflow(workflowId, await this.#accountNo(scope));
  }

  async workflowOfTask(taskId: string, scope: StoreScope): Promise<string | undefined> {
    return this.#artefacts.workflowOfTask(taskId, await this.#accountNo(scope));
  }

  pruneArtefacts(query: { readonly uploadedBefore: number }): Promise<{ tasks: number; rows: number }> {
    return this.#artefacts.prune(query.uploadedBefore);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  // Places are numbered, and SQLite numbers them by `?`.
  #read(sql: string, where: Where): Promise<readonly SqliteRow[]> {
    return this.#connection.read(sql.replaceAll(/\$(\d+)/g, '?$1'), where.values as SqliteValue[]);
  }

  /** 0, which is nobody's, for an account that has nothing yet. */
  async #accountNo(scope: StoreScope): Promise<number> {
    const known = this.#accountNos.get(scope.accountId);
    if (known !== undefined) return known;
    const rows = await this.#connection.read('select account_no from accounts where account_id = ?', [accountColumn(scope)]);
    const accountNo = rows[0]?.[0] as number | undefined;
    if (accountNo !== undefined && this.#accountNos.size < ACCOUNTS_REMEMBERED_MAX)
      this.#accountNos.set(scope.accountId, accountNo);
    return accountNo ?? 0;
  }
}

const ACCOUNTS_REMEMBERED_MAX = 10_000;

const FIRST_SPANS = 'select body from spans where account_no = ? and trace_id = ? order by +start_time, span_id limit ?';
const MORE_SPANS =
  'select body, span_id from spans where account_no = ? and trace_id = ? and span_id > ? order by span_id limit ?';
const CHANGES = 'select sequence, body from spans where account_no = ? and sequence > ? order by sequence limit ?';
// The plus keeps the planner at the trace's own rows, which are fewer.
const CHANGES_OF_TRACE = `
  select sequence, body from spans where account_no = ?1 and +sequence > ?2 and trace_id = ?4 order by +sequence limit ?3`;

function accountColumn(scope: StoreScope): string {
  return toColumn(comparedText(scope.accountId));
}

function takeAccount(transaction: SqliteTransaction, scope: StoreScope): { accountNo: number; lastSequence: number } {
  const column = accountColumn(scope);
  const find = 'select account_no, last_sequence from accounts where account_id = ?';
  let row = transaction.all(find, [column])[0];
  if (row === undefined) {
    transaction.run('insert into accounts (account_id) values (?)', [column]);
    row = transaction.all(find, [column])[0] as SqliteRow;
  }
  return { accountNo: row[0] as number, lastSequence: row[1] as number };
}
