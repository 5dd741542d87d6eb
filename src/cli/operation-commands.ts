import { type Command, Option } from 'commander';
import { OPERATION_STATES } from '../operation/operation-state.js';
import type { CliIo } from './cli-io.js';
import type { ListOperationsOptions } from './operation-list.js';
import type { ShowOperationOptions } from './operation-show.js';
import { addRedisOptions } from './operation-store-options.js';
import { parseCount } from './parse-values.js';
import { formatOption } from './trace-commands.js';

/** The group `everspan operation`. */
export function addOperationCommands(program: Command, io: CliIo): void {
  const operation = program.command('operation').description('read operations');
  const list = operation
    .command('list')
    .description('list active operations')
    .addOption(new Option('--state <state...>', 'in one of these states').choices(OPERATION_STATES))
    .option('--overdue', 'without progress for longer than they may, earliest first')
    .option('--limit <count>', 'at most so many', parseCount, 50)
    .option('--cursor <cursor>', 'the page behind, as the page before named it')
    .addOption(formatOption(['table', 'json']));
  addRedisOptions(list).action(async (options: ListOperationsOptions) => {
    const { listOperations } = await import('./operation-list.js');
    await listOperations(options, io);
  });
  const show = operation
    .command('show')
    .description('show where an operation stands: its transitions, refused writes and checkpoint')
    .argument('<id>', 'operation id, by default the trace id')
    .addOption(formatOption(['text', 'json']));
  addRedisOptions(show).action(async (id: string, options: ShowOperationOptions) => {
    const { showOperation } = await import('./operation-show.js');
    await showOperation(id, options, io);
  });
}
