import { breathe, type SqliteConnection, type SqliteRow, type SqliteTransaction, type SqliteValue } from './sqlite-connection.js';

/** Spans of one transaction, about; a trace goes whole. */
const SPANS_PER_STEP = 1_000;
const TRACES_PER_STEP = 200;
const SPANS_PER_TURN = 1_000;

const COLUMNS = 'account_no, trace_id, span_count';
const ENDED = `select ${COLUMNS} from traces where open_count = 0 and last_end_time < ? order by last_end_time limit ?`;
const IDLE = `select ${COLUMNS} from traces where open_count > 0 and changed_at < ? order by changed_at limit ?`;
const DELETE_SPANS = `
  delete from spans where rowid in (select rowid from spans where account_no = ? and trace_id = ? limit ?) returning 1`;

/** See `SpanStore.prune`. Each step is a transaction of its own, so that writers get their turns. */
export async function pruneTraces(
  connection: SqliteConnection,
  query: { readonly endedBefore: number; readonly includeOpen?: boolean },
): Promise<{ traces: number; spans: number }> {
  const pruned = { traces: 0, spans: 0 };
  for (const sql of query.includeOpen === true ? [ENDED, IDLE] : [ENDED]) {
    for (let isDone = false; !isDone; await breathe()) {
      isDone = await connection.write(async (transaction) => {
        const due = transaction.all(sql, [query.endedBefore, TRACES_PER_STEP]);
        let spans = 0;
        for (const [index, row] of due.entries()) {
          if (index > 0 && spans + (row[2] as number) > SPANS_PER_STEP) break;
          spans += await deleteTrace(transaction, row);
          pruned.traces += 1;
        }
        pruned.spans += spans;
        return due.length === 0;
      });
    }
  }
  return pruned;
}

async function deleteTrace(transaction: SqliteTransaction, row: SqliteRow): Promise<number> {
  const key: SqliteValue[] = [row[0] as number, row[1] as string];
  let spans = 0;
  for (;;) {
    const deleted = transaction.all(DELETE_SPANS, [...key, SPANS_PER_TURN]).length;
    spans += deleted;
    if (deleted < SPANS_PER_TURN) break;
    await breathe();
  }
  transaction.run('delete from trace_workflows where account_no = ? and trace_id = ?', key);
  transaction.run('delete from traces where account_no = ? and trace_id = ?', key);
  return spans;
}
