import { durationText } from '../export/duration-text.js';
import type { Operation } from '../operation/operation.js';
import type { OperationState } from '../operation/operation-state.js';
import type { CliIo } from './cli-io.js';
import { formatTable, type TableColumn } from './format-table.js';
import { type RedisOptions, withOperations } from './operation-store-options.js';
import { printJson } from './print-json.js';
import { type TextStyle, textStyle } from './text-style.js';

export interface ListOperationsOptions extends RedisOptions {
  readonly format: 'table' | 'json';
  readonly state?: readonly OperationState[];
  readonly overdue?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

/** `everspan operation list`. */
export async function listOperations(options: ListOperationsOptions, io: CliIo): Promise<void> {
  const { limit, state } = options;
  const page = { limit, ...(options.cursor === undefined ? {} : { cursor: options.cursor }) };
  const { operations, cursor } = await withOperations(options, io, async (store) =>
    options.overdue === true ? store.overdue(page) : store.list({ ...page, ...(state === undefined ? {} : { states: state }) }),
  );
  // What is overdue is listed by its deadline alone.
  const shown =
    options.overdue === true && state !== undefined ? operations.filter((one) => state.includes(one.state)) : operations;
  if (options.format === 'json') {
    await printJson(io.stdout, { operations: shown, ...(cursor === undefined ? {} : { cursor }) });
    return;
  }
  if (shown.length === 0) await io.stderr.write(options.overdue === true ? 'no overdue operations\n' : 'no operations\n');
  else {
    const style = textStyle(io.stdout, io.env);
    await io.stdout.write(formatTable(columns(style, Date.now()), shown, { width: io.stdout.columns, style }));
  }
  if (cursor !== undefined) await io.stderr.write(`more: --cursor ${cursor}\n`);
}

function columns(style: TextStyle, nowMs: number): TableColumn<Operation>[] {
  return [
    { heading: 'operation', cell: (one) => one.operationId, shrinks: 'id' },
    { heading: 'state', cell: (one) => one.state, paint: style.bold },
    { heading: 'age', cell: (one) => durationText((nowMs - one.createdAt) * 1_000), align: 'right' },
    { heading: 'last progress', cell: (one) => `${durationText((nowMs - one.updatedAt) * 1_000)} ago`, align: 'right' },
    {
      heading: 'overdue',
      cell: (one) => (one.deadline > nowMs ? '' : durationText((nowMs - one.deadline) * 1_000)),
      align: 'right',
      paint: style.red,
    },
    { heading: 'epoch', cell: (one) => one.epoch, align: 'right' },
    {
      heading: 'refused',
      cell: (one) => (one.refusedWrites === 0 ? '' : one.refusedWrites),
      align: 'right',
      paint: style.yellow,
    },
    { heading: 'owner', cell: (one) => one.owner.workflow?.workflowId ?? one.owner.identity, shrinks: 'id' },
  ];
}
