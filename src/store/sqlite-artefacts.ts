import type { ArtefactType, ArtefactUpload } from './artefact-store.js';
import { comparedText, fromColumn, toColumn } from './column-text.js';
import { SpanStoreError } from './errors.js';
import { breathe, type SqliteConnection, type SqliteTransaction } from './sqlite-connection.js';

const ROWS_PER_PAGE = 500;
const ROWS_PER_TURN = 1_000;

/** The artefacts in a SQLite file. */
export class SqliteArtefacts {
  readonly #connection: SqliteConnection;
  readonly #nowMicros: () => number;

  constructor(connection: SqliteConnection, nowMicros: () => number) {
    this.#connection = connection;
    this.#nowMicros = nowMicros;
  }

  async put(upload: ArtefactUpload, takeAccountNo: (transaction: SqliteTransaction) => number): Promise<void> {
    const taskId = toColumn(comparedText(upload.taskId));
    const workflowId = toColumn(comparedText(upload.workflowId));
    await this.#connection.write(async (transaction) => {
      const accountNo = takeAccountNo(transaction);
      const owner = transaction.all('select account_no, workflow_id from tasks where task_id = ?', [taskId])[0];
      if (owner !== undefined && (owner[0] !== accountNo || owner[1] !== workflowId)) {
        throw new SpanStoreError('TASK_OF_ANOTHER', 'sqlite', `task ${upload.taskId} belongs to another workflow or account`);
      }
      transaction.run(
        `insert into tasks (task_id, account_no, workflow_id, uploaded_at) values (?, ?, ?, ?)
        on conflict (task_id) do update set uploaded_at = excluded.uploaded_at`,
        [taskId, accountNo, workflowId, this.#nowMicros()],
      );
      await deleteFiles(transaction, 'task_id = ? and type = ?', [taskId, upload.type]);
      // A number that no file has had: who reads the old one notices.
      transaction.run('insert into artefacts (task_id, type) values (?, ?)', [taskId, upload.type]);
      const fileNo = transaction.all('select file_no from artefacts where task_id = ? and type = ?', [
        taskId,
        upload.type,
      ])[0]?.[0];
      for (const [line, body] of upload.rows.entries()) {
        transaction.run('insert into artefact_rows (file_no, line, body) values (?, ?, ?)', [
          fileNo as number,
          line,
          toColumn(body),
        ]);
        if (line % ROWS_PER_TURN === ROWS_PER_TURN - 1) await breathe();
      }
    });
  }

  async *rows(workflowId: string, type: ArtefactType, accountNo: number): AsyncGenerator<string> {
    const files = await this.#connection.read(
      `select a.file_no, a.task_id from tasks t join artefacts a on a.task_id = t.task_id and a.type = ?
      where t.account_no = ? and t.workflow_id = ? order by t.task_id`,
      [type, accountNo, toColumn(comparedText(workflowId))],
    );
    for (const [fileNo, taskId] of files) {
      for (let after = -1; ; ) {
        // One statement, so that the rows are of a file that is still there; a file without rows left gives one without a line.
        const page = await this.#connection.read(
          `select r.line, r.body from artefacts a left join artefact_rows r on r.file_no = a.file_no and r.line > ?
          where a.file_no = ? order by r.line limit ?`,
          [after, fileNo as number, ROWS_PER_PAGE],
        );
        if (page.length === 0) {
          throw new SpanStoreError(
            'REPLACED',
            'sqlite',
            `${type} of task ${taskId as string} were replaced while they were read`,
          );
        }
        for (const [line, body] of page) {
          if (line === null) continue;
          after = line as number;
          yield fromColumn(body as string);
        }
        if (page.length < ROWS_PER_PAGE) break;
      }
    }
  }

  async hasWorkflow(workflowId: string, accountNo: number): Promise<boolean> {
    const values = [accountNo, toColumn(comparedText(workflowId))];
    return (
      (await this.#connection.read('select 1 from tasks where account_no = ? and workflow_id = ? limit 1', values)).length > 0
    );
  }

  async workflowOfTask(taskId: string, accountNo: number): Promise<string | undefined> {
    const values = [toColumn(comparedText(taskId)), accountNo];
    const [task] = await this.#connection.read('select workflow_id from tasks where task_id = ? and account_no = ?', values);
    return task === undefined ? undefined : fromColumn(task[0] as string);
  }

  async prune(uploadedBefore: number): Promise<{ tasks: number; rows: number }> {
    const pruned = { tasks: 0, rows: 0 };
    for (let isDone = false; !isDone; await breathe()) {
      isDone = await this.#connection.write(async (transaction) => {
        const task = transaction.all('select task_id from tasks where uploaded_at < ? order by uploaded_at limit 1', [
          uploadedBefore,
        ])[0];
        if (task === undefined) return true;
        pruned.rows += await deleteFiles(transaction, 'task_id = ?', [task[0] as string]);
        transaction.run('delete from tasks where task_id = ?', [task[0] as string]);
        pruned.tasks += 1;
        return false;
      });
    }
    return pruned;
  }
}

/** Deletes files and their rows; gives the number of rows. */
async function deleteFiles(transaction: SqliteTransaction, condition: string, values: readonly string[]): Promise<number> {
  let rows = 0;
  for (const [fileNo] of transaction.all(`select file_no from artefacts where ${condition}`, values)) {
    for (;;) {
      const deleted = transaction.all(
        'delete from artefact_rows where rowid in (select rowid from artefact_rows where file_no = ? limit ?) returning 1',
        [fileNo as number, ROWS_PER_TURN],
      ).length;
      rows += deleted;
      if (deleted < ROWS_PER_TURN) break;
      await breathe();
    }
    transaction.run('delete from artefacts where file_no = ?', [fileNo as number]);
  }
  return rows;
}
