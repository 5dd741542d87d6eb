import type { CliIo } from './cli-io.js';
import { buildProgram } from './program.js';
import { reportError } from './report-error.js';

/**
 * Runs one command line.
 *
 * @param args - Without the program's name: `['trace', 'list']`.
 * @returns The exit code.
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  try {
    await buildProgram(io).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Whatever a command throws, the user reads one line of it.
    return reportError(error, io);
  }
}
