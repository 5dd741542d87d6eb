import type { ArtefactType, ArtefactUpload } from './artefact-store.js';
import { comparedText, fromColumn, toColumn } from './column-text.js';
import { SpanStoreError } from './errors.js';
import type { PostgresConnection } from './postgres-connection.js';

const ROWS_PER_PAGE = 500;
const ROWS_PER_INSERT = 2_000;

/** The artefacts in PostgreSQL. */
export class PostgresArtefacts {
  readonly #connection: PostgresConnection;
  readonly #nowMicros: () => number;

  constructor(connection: PostgresConnection, nowMicros: () => number) {
    this.#connection = connection;
    this.#nowMicros = nowMicros;
  }

  async put(upload: ArtefactUpload, accountColumn: string): Promise<void> {
    const { schema } = this.#connection;
    const taskId = toColumn(comparedText(upload.taskId));
    const workflowId = toColumn(comparedText(upload.workflowId));
    await this.#connection.transaction(async (query) => {
      await query(`insert into ${schema}.accounts (account_id) values ($1) on conflict do nothing`, [accountColumn]);
      // Holds the task to the end: of two uploads of one file the second replaces the first.
      const taken = await query(
        `insert into ${schema}.tasks as t (task_id, account_no, workflow_id, uploaded_at)
        select $1, account_no, $3, $4 from ${schema}.accounts where account_id = $2
        on conflict (task_id) do update set uploaded_at = excluded.uploaded_at
        where t.account_no = excluded.account_no and t.workflow_id = excluded.workflow_id
        returning 1`,
        [taskId, accountColumn, workflowId, this.#nowMicros()],
      );
      if (taken.length === 0) {
        throw new SpanStoreError('TASK_OF_ANOTHER', 'postgres', `task ${upload.taskId} belongs to another workflow or account`);
      }
      await query(`delete from ${schema}.artefacts where task_id = $1 and type = $2`, [taskId, upload.type]);
      const [file] = await query(
        `insert into ${schema}.artefacts (task_id, type, row_count) values ($1, $2, $3) returning file_no::text`,
        [taskId, upload.type, upload.rows.length],
      );
      for (let from = 0; from < upload.rows.length; from += ROWS_PER_INSERT) {
        await query(
          `insert into ${schema}.artefact_rows (file_no, line, body)
          select $1::bigint, $2::bigint + place - 1, body from unnest($3::text[]) with ordinality as r (body, place)`,
          [file?.['file_no'] as string, from, upload.rows.slice(from, from + ROWS_PER_INSERT).map(toColumn)],
        );
      }
    });
  }

  async *rows(workflowId: string, type: ArtefactType, accountColumn: string): AsyncGenerator<string> {
    const { schema } = this.#connection;
    const files = await this.#connection.query(
      `select a.file_no::text, t.task_id from ${schema}.tasks t join ${schema}.artefacts a on a.task_id = t.task_id and a.type = $1
      where t.account_no = (select account_no from ${schema}.accounts where account_id = $2) and t.workflow_id = $3
      order by t.task_id`,
      [type, accountColumn, toColumn(comparedText(workflowId))],
    );
    for (const file of files) {
      for (let after = -1; ; ) {
        // One statement, so that the rows are of a file that is still there; a file without rows left gives one without a line.
        const page = await this.#connection.query(
          `select r.line::text, r.body
          from ${schema}.artefacts a left join ${schema}.artefact_rows r on r.file_no = a.file_no and r.line > $1
          where a.file_no = $2::bigint order by r.line limit $3`,
          [after, file['file_no'] as string, ROWS_PER_PAGE],
        );
        if (page.length === 0) {
          const message = `${type} of task ${fromColumn(file['task_id'] as string)} were replaced while they were read`;
          throw new SpanStoreError('REPLACED', 'postgres', message);
        }
        for (const row of page) {
          if (row['line'] === null) continue;
          after = Number(row['line']);
          yield fromColumn(row['body'] as string);
        }
        if (page.length < ROWS_PER_PAGE) break;
      }
    }
  }

  async hasWorkflow(workflowId: string, accountColumn: string): Promise<boolean> {
    const { schema } = this.#connection;
    const found = await this.#connection.query(
      `select 1 from ${schema}.tasks where workflow_id = $2
      and account_no = (select account_no from ${schema}.accounts where account_id = $1) limit 1`,
      [accountColumn, toColumn(comparedText(workflowId))],
    );
    return found.length > 0;
  }

  async workflowOfTask(taskId: string, accountColumn: string): Promise<string | undefined> {
    const { schema } = this.#connection;
    const [task] = await this.#connection.query(
      `select workflow_id from ${schema}.tasks where task_id = $2
      and account_no = (select account_no from ${schema}.accounts where account_id = $1)`,
      [accountColumn, toColumn(comparedText(taskId))],
    );
    return task === undefined ? undefined : fromColumn(task['workflow_id'] as string);
  }

  async prune(uploadedBefore: number): Promise<{ tasks: number; rows: number }> {
    const { schema } = this.#connection;
    const pruned = { tasks: 0, rows: 0 };
    for (;;) {
      const [task] = await this.#connection.query(
        `with due as (
          select task_id from ${schema}.tasks where uploaded_at < $1 order by uploaded_at limit 1 for update
        ), counted as (
          select coalesce(sum(a.row_count), 0)::text as rows from ${schema}.artefacts a join due using (task_id)
        ), gone as (
          delete from ${schema}.tasks t using due where t.task_id = due.task_id returning 1
        )
        select rows, (select count(*)::text from gone) as tasks from counted`,
        [Math.ceil(uploadedBefore)],
      );
      if (task === undefined || task['tasks'] === '0') return pruned;
      pruned.tasks += 1;
      pruned.rows += Number(task['rows']);
    }
  }
}
