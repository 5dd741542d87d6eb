import type { Pool } from 'pg';
import type { Span, SpanStatus } from '../span/span.js';
import type { ArtefactType, ArtefactUpload } from './artefact-store.js';
import { byStart } from './by-start.js';
import { comparedText, fromColumn, toColumn } from './column-text.js';
import { toDistinctRows } from './distinct-rows.js';
import { SpanStoreError } from './errors.js';
import { checkLimit, pageOf, readPage, startOfSummary } from './page.js';
import { PostgresArtefacts } from './postgres-artefacts.js';
import { PostgresConnection, type PostgresRow, type PostgresValue } from './postgres-connection.js';
import { fromPostgresError } from './postgres-errors.js';
import { PostgresUpsert } from './postgres-upsert.js';
import { spanOfBody } from './span-row.js';
import type { Page, Paged, SpanChange, SpanFilter, StoreScope, TraceFilter, TraceSummary } from './span-store.js';
import { summaryOf, type TraceRow } from './trace-row.js';
import type { TraceStore } from './trace-store.js';
import { type Dialect, orderBy, whereSpans, whereTraces } from './where.js';

export interface PostgresStoreOptions {
  /** `postgres://…`; or a pool. */
  readonly url?: string;
  /** The caller's own, which is never ended here. */
  readonly pool?: Pool;
  /** Where the tables are; made when it is missing. Lower-case letters, digits and underscores; default `everspan`. */
  readonly schema?: string;
  /** Of the pool made from `url`; default 10. */
  readonly connectionsMax?: number;
  /** How long a connection, and how long an answer, may take; default 5,000 and 60,000. */
  readonly connectTimeoutMs?: number;
  readonly answerTimeoutMs?: number;
  /** Microseconds since the epoch; default: this machine's clock. */
  readonly nowMicros?: () => number;
}

const SPANS_PER_READ = 2_000;
const SPANS_PER_PRUNE = 1_000;

/** Spans and artefacts in PostgreSQL: for several processes and machines. */
export class PostgresStore implements TraceStore {
  readonly name = 'postgres';
  readonly #connection: PostgresConnection;
  readonly #artefacts: PostgresArtefacts;
  readonly #nowMicros: () => number;
  readonly #dialect: Dialect;

  private constructor(connection: PostgresConnection, nowMicros: () => number) {
    this.#connection = connection;
    this.#nowMicros = nowMicros;
    this.#artefacts = new PostgresArtefacts(connection, nowMicros);
    this.#dialect = {
      table: (name) => `${connection.schema}.${name}`,
      // The offset keeps the planner from joining the other way round, over all spans.
      spansByIds: (account, isOneOfIds) => `${connection.schema}.traces t cross join lateral (
        select * from ${connection.schema}.spans s
        where t.account_no = ${account} and s.account_no = ${account} and s.trace_id = t.trace_id and ${isOneOfIds} offset 0
      ) s`,
      isOneOf: (column, values, bind) => `${column} = any (${bind(values)}::text[])`,
    };
  }

  /** @throws SpanStoreError `UNAVAILABLE`, `NEWER_SCHEMA`, `INVALID_QUERY` for the schema's name, `MISSING_PACKAGE`. */
  static async open(options: PostgresStoreOptions): Promise<PostgresStore> {
    const schema = options.schema ?? 'everspan';
    if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
      throw new SpanStoreError(
        'INVALID_QUERY',
        'postgres',
        `schema must be lower-case letters, digits and _, got ${JSON.stringify(schema)}`,
      );
    }
    const pool = options.pool ?? (await makePool(options));
    const connection = await PostgresConnection.open({ pool, isOwnPool: options.pool === undefined, schema: `"${schema}"` });
    return new PostgresStore(connection, options.nowMicros ?? (() => Date.now() * 1_000));
  }

  async upsert(spans: readonly Span[], scope: StoreScope): Promise<readonly ('written' | 'kept')[]> {
    if (spans.length === 0) return [];
    const { rows, rowOf } = await toDistinctRows(spans);
    const written = await new PostgresUpsert(this.#connection, accountColumn(scope), this.#nowMicros()).run(rows);
    return rowOf.map((index) => (index !== undefined && written.has(index) ? 'written' : 'kept'));
  }

  async trace(traceId: string, scope: StoreScope): Promise<readonly Span[]> {
    const spans: Span[] = [];
    for (let after = ''; ; ) {
      const rows = await this.#connection.query(
        `select body, span_id from ${this.#connection.schema}.spans
        where account_no = ${this.#accountNo(1)} and trace_id = $2 and span_id > $3 order by span_id limit ${SPANS_PER_READ}`,
        [accountColumn(scope), toColumn(traceId), after],
      );
      for (const row of rows) spans.push(spanOfBody(row['body'] as string));
      if (rows.length < SPANS_PER_READ) return spans.sort(byStart);
      after = rows.at(-1)?.['span_id'] as string;
    }
  }

  async listTraces(filter: TraceFilter, page: Page, scope: StoreScope): Promise<Paged<TraceSummary>> {
    const query = readPage(page, 'traces', this.name);
    const accountNo = await this.#knownAccountNo(scope);
    const where = whereTraces(filter, query, accountNo, this.#dialect);
    const sql = `select t.*, t.start_time::text, t.last_end_time::text from ${where.from} where ${where.sql}
      order by ${orderBy(['t.start_time', 't.trace_id'], where, query)} limit ${query.limit + 1}`;
    const rows = await this.#connection.query(sql, where.values);
    const found = rows.map((row) => summaryOf(row['trace_id'] as string, toTraceRow(row)));
    return pageOf(found, query, 'traces', startOfSummary);
  }

  async searchSpans(filter: SpanFilter, page: Page, scope: StoreScope): Promise<Paged<Span>> {
    const query = readPage(page, 'spans', this.name);
    const where = whereSpans(filter, query, await this.#knownAccountNo(scope), this.#dialect);
    const sql = `select s.body from ${where.from} where ${where.sql}
      order by ${orderBy(['s.start_time', 's.trace_id', 's.span_id'], where, query)} limit ${query.limit + 1}`;
    const rows = await this.#connection.query(sql, where.values);
    const found = rows.map((row) => spanOfBody(row['body'] as string));
    return pageOf(found, query, 'spans', (span) => span);
  }

  async changes(
    query: { readonly after: number; readonly limit: number; readonly traceId?: string },
    scope: StoreScope,
  ): Promise<readonly SpanChange[]> {
    checkLimit(query.limit, this.name);
    const values: PostgresValue[] = [accountColumn(scope), query.after, query.limit];
    if (query.traceId !== undefined) values.push(toColumn(query.traceId));
    const rows = await this.#connection.query(
      `select sequence::text, body from ${this.#connection.schema}.spans
      where account_no = ${this.#accountNo(1)} and sequence > $2 ${query.traceId === undefined ? '' : 'and trace_id = $4'}
      order by ${this.#connection.schema}.spans.sequence limit $3`,
      values,
    );
    return rows.map((row) => ({ sequence: Number(row['sequence']), span: spanOfBody(row['body'] as string) }));
  }

  async lastSequence(scope: StoreScope): Promise<number> {
    const [row] = await this.#connection.query(
      `select last_sequence::text from ${this.#connection.schema}.accounts where account_id = $1`,
      [accountColumn(scope)],
    );
    return Number(row?.['last_sequence'] ?? 0);
  }

  async prune(query: {
    readonly endedBefore: number;
    readonly includeOpen?: boolean;
  }): Promise<{ traces: number; spans: number }> {
    const pruned = { traces: 0, spans: 0 };
    for (const isOpen of query.includeOpen === true ? [false, true] : [false]) {
      for (let isDone = false; !isDone; ) {
        const [step] = await this.#connection.query(
          `select traces::text, spans::text, is_done from ${this.#connection.schema}.prune_traces($1, $2, $3)`,
          [Math.ceil(query.endedBefore), isOpen, SPANS_PER_PRUNE],
        );
        pruned.traces += Number(step?.['traces']);
        pruned.spans += Number(step?.['spans']);
        isDone = step?.['is_done'] === true;
      }
    }
    return pruned;
  }

  putArtefact(upload: ArtefactUpload, scope: StoreScope): Promise<void> {
    return this.#artefacts.put(upload, accountColumn(scope));
  }

  artefactRows(workflowId: string, type: ArtefactType, scope: StoreScope): AsyncIterable<string> {
    return this.#artefacts.rows(workflowId, type, accountColumn(scope));
  }

  hasWorkflow(workflowId: string, scope: StoreScope): Promise<boolean> {
    return this.#artefacts.hasWorkflow(workflowId, accountColumn(scope));
  }

  workflowOfTask(taskId: string, scope: StoreScope): Promise<string | undefined> {
    return this.#artefacts.workflowOfTask(taskId, accountColumn(scope));
  }

  pruneArtefacts(query: { readonly uploadedBefore: number }): Promise<{ tasks: number; rows: number }> {
    return this.#artefacts.prune(query.uploadedBefore);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #accountNo(place: number): string {
    return `(select account_no from ${this.#connection.schema}.accounts where account_id = $${place})`;
  }

  /** 0, which is nobody's, for an account that has nothing yet. */
  async #knownAccountNo(scope: StoreScope): Promise<number> {
    const [row] = await this.#connection.query(
      `select account_no::text from ${this.#connection.schema}.accounts where account_id = $1`,
      [accountColumn(scope)],
    );
    return Number(row?.['account_no'] ?? 0);
  }
}

async function makePool(options: PostgresStoreOptions): Promise<Pool> {
  if (options.url === undefined) throw new SpanStoreError('INVALID_URL', 'postgres', 'a PostgreSQL store needs a url or a pool');
  let DriverPool: typeof Pool;
  try {
    DriverPool = (await import('pg')).default.Pool;
  } catch (error) {
    throw new SpanStoreError('MISSING_PACKAGE', 'postgres', 'the package pg is not installed: npm install pg', { cause: error });
  }
  try {
    return new DriverPool({
      connectionString: options.url,
      max: options.connectionsMax ?? 10,
      connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
      query_timeout: options.answerTimeoutMs ?? 60_000,
      keepAlive: true,
      allowExitOnIdle: true,
      application_name: 'everspan',
    });
  } catch (error) {
    throw fromPostgresError(error);
  }
}

function accountColumn(scope: StoreScope): string {
  return toColumn(comparedText(scope.accountId));
}

function toTraceRow(row: PostgresRow): TraceRow {
  const text = (name: string): string | undefined => (row[name] === null ? undefined : fromColumn(row[name] as string));
  const end = row['last_end_time'];
  return {
    startTime: Number(row['start_time']),
    lastEndTime: end === null ? undefined : Number(end),
    spanCount: Number(row['span_count']),
    openCount: Number(row['open_count']),
    errorCount: Number(row['error_count']),
    headRank: row['head_rank'] as string,
    name: text('name') as string,
    status: row['status'] as SpanStatus,
    workflowRank: text('workflow_rank'),
    workflowId: text('workflow_id'),
    serviceRank: text('service_rank'),
    serviceName: text('service_name'),
  };
}
