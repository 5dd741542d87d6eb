import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { CliIo } from './cli-io.js';
import { addCompletionCommand } from './completion-command.js';
import { exitCodeRows } from './exit-code.js';
import { addOperationCommands } from './operation-commands.js';
import { addServeCommand } from './serve-command.js';
import { addStoreCommands } from './store-commands.js';
import { addTraceCommands } from './trace-commands.js';
import { addWatchdogCommands } from './watchdog-commands.js';

/**
 * The whole command line. Each `add…Commands` hangs its group under the program; what an action needs beyond parsing it imports when it runs,
 * so that help comes at once.
 *
 * Nothing in here ends the process: help, version and misuse are thrown as `CommanderError`, and `reportError` words them.
 */
export function buildProgram(io: CliIo): Command {
  const program = new Command('everspan')
    .description('Read and keep traces of Temporal workflows.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      // Nothing else is written before the process ends, so nobody has to wait for these.
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      // reportError says it, in one line.
      outputError: () => undefined,
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    })
    .addHelpText('after', `\n${exitCodeHelp()}`);
  addTraceCommands(program, io);
  addServeCommand(program, io);
  addOperationCommands(program, io);
  addWatchdogCommands(program, io);
  addStoreCommands(program, io);
  addCompletionCommand(program, io);
  return program;
}

function exitCodeHelp(): string {
  const lines = exitCodeRows().map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`);
  return `Exit codes:\n${lines.join('\n')}`;
}

function packageVersion(): string {
  const path = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
