import { type Command, Option } from 'commander';
import type { CliIo } from './cli-io.js';
import { parseDurationMicros, parsePort } from './parse-values.js';
import type { ServeOptions } from './serve.js';

/** Where a collector listens unless something else is said. */
const PORT_DEFAULT = 4_320;

/** The command `everspan serve`. */
export function addServeCommand(program: Command, io: CliIo): void {
  program
    .command('serve')
    .description('run a collector: takes spans (SGP batches, OTLP/HTTP) and rows of tasks, answers what clients ask')
    .option('--host <address>', 'address to listen on; beyond this machine only with keys', '127.0.0.1')
    .option('--port <port>', 'port to listen on, 0 for any that is free', parsePort, PORT_DEFAULT)
    .addOption(
      new Option(
        '--store <url>',
        'a SQLite file, made where it is missing, or postgres://… (EVERSPAN_STORE, else ./.everspan/spans.db)',
      ).env('EVERSPAN_STORE'),
    )
    .option('--keys <file>', 'who may ask: JSON, [{"accountId": "…", "keys": ["…"]}] (or one key in EVERSPAN_API_KEY)')
    .option('--retention <length>', 'remove what ended longer ago (30d), now and every hour', parseDurationMicros)
    .action(async (options: ServeOptions) => {
      const { serve } = await import('./serve.js');
      await serve(options, io);
    });
}
