import type { Command } from 'commander';
import type { CliIo } from './cli-io.js';
import { addRedisOptions } from './operation-store-options.js';
import { parseDurationMicros } from './parse-values.js';
import { addTemporalOptions } from './temporal-options.js';
import { formatOption } from './trace-commands.js';
import type { EnsureOptions } from './watchdog-ensure.js';
import type { RunOptions } from './watchdog-run.js';

/** The group `everspan watchdog`. */
export function addWatchdogCommands(program: Command, io: CliIo): void {
  const watchdog = program.command('watchdog').description('close the spans and operations of workflows that are gone');
  const ensure = watchdog
    .command('ensure')
    .description('make sure that the namespace has a schedule that sweeps; workers with the option watchdog do the work')
    .option('--every <length>', 'time between two sweeps (default 5m)', parseMs)
    .option('--grace <length>', 'how long a run must have been closed before its spans are (default 1m)', parseMs)
    .option('--full-pass <length>', 'time between two looks at every run with open spans (default 1h)', parseMs)
    .option('--task-queue <name>', 'queue of the workers that sweep (default everspan-watchdog)')
    .addOption(formatOption(['text', 'json']));
  addTemporalOptions(ensure).action(async (options: EnsureOptions) => {
    const { ensureSchedule } = await import('./watchdog-ensure.js');
    await ensureSchedule(options, io);
  });
  const run = watchdog
    .command('run')
    .description('sweep from here, without a schedule: once, or again and again; any number may run at once')
    .option('--every <length>', 'sweep again after this time, until Ctrl-C', parseMs)
    .option('--grace <length>', 'how long a run must have been closed before its spans are (default 1m)', parseMs)
    .addOption(formatOption(['text', 'json']))
    .addHelpText(
      'after',
      '\nSpans go where the environment says: to SGP with SGP_API_KEY and SGP_ACCOUNT_ID, else to files under ./.everspan/.\n' +
        'Without --redis only root spans of workflows that were terminated or timed out can be closed.',
    );
  addRedisOptions(addTemporalOptions(run)).action(async (options: RunOptions) => {
    const { runSweeps } = await import('./watchdog-run.js');
    await runSweeps(options, io);
  });
}

function parseMs(text: string): number {
  return parseDurationMicros(text) / 1_000;
}
