import { type Command, Option } from 'commander';
import type { CliIo } from './cli-io.js';
import { parseMomentMicros } from './parse-values.js';
import type { PruneOptions } from './store-prune.js';
import { formatOption } from './trace-commands.js';

/** The group `everspan store`. */
export function addStoreCommands(program: Command, io: CliIo): void {
  const store = program.command('store').description('look after a span store');
  store
    .command('prune')
    .description('remove traces that ended before a time, and what tasks uploaded before it')
    .addOption(
      new Option('--store <url>', 'a SQLite file or postgres://… (EVERSPAN_STORE, else ./.everspan/spans.db)').env(
        'EVERSPAN_STORE',
      ),
    )
    .requiredOption('--before <time>', 'ISO 8601, or how long ago (30d)', (text) => parseMomentMicros(text))
    .option('--include-open', 'also traces with open spans that have not changed since')
    .addOption(formatOption(['text', 'json']))
    .action(async (options: PruneOptions) => {
      const { pruneStore } = await import('./store-prune.js');
      await pruneStore(options, io);
    });
}
