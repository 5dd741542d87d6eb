import { CommanderError } from 'commander';
import type { CliIo } from './cli-io.js';
import { CliError } from './errors.js';
import { EXIT_CODE } from './exit-code.js';

/**
 * Says in one line on stderr why the command ended, and gives the exit code.
 *
 * With `EVERSPAN_DEBUG` set to anything the stack, and that of each cause, follows.
 */
export async function reportError(error: unknown, io: CliIo): Promise<number> {
  // Help and version end this way too, and have been printed.
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODE.OK;
  const { line, exitCode } = explain(error);
  await io.stderr.write(`everspan: ${line}\n`);
  if (isSet(io.env['EVERSPAN_DEBUG'])) await io.stderr.write(stacks(error));
  return exitCode;
}

interface Explanation {
  readonly line: string;
  readonly exitCode: number;
}

function explain(error: unknown): Explanation {
  if (error instanceof CommanderError) {
    const message = error.code === 'commander.help' ? 'which command? See everspan --help' : error.message;
    return { line: oneLine(message.replace(/^error: /, '')), exitCode: EXIT_CODE.USAGE };
  }
  if (error instanceof CliError) return { line: oneLine(error.message), exitCode: EXIT_CODE[error.code] };
  if (!(error instanceof Error)) return { line: oneLine(String(error)), exitCode: EXIT_CODE.FAILURE };
  return { line: oneLine(error.message === '' ? error.name : error.message), exitCode: exitCodeOf(error) };
}

/** What other parts of everspan and Node say by their `code`, as exit codes. */
const EXIT_BY_CODE: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    // Node's and the network's; a store's; a client's.
    [
      'ECONNREFUSED',
      'ECONNRESET',
      'ENOTFOUND',
      'ETIMEDOUT',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'UNAVAILABLE',
      'LOCKED',
      'UNREACHABLE',
    ].map((code) => [code, EXIT_CODE.UNREACHABLE]),
  ),
  INVALID_CURSOR: EXIT_CODE.USAGE,
  INVALID_QUERY: EXIT_CODE.USAGE,
  INVALID_URL: EXIT_CODE.USAGE,
  NOT_FOUND: EXIT_CODE.NOT_FOUND,
  CORRUPT: EXIT_CODE.INVALID_INPUT,
  NEWER_SCHEMA: EXIT_CODE.INVALID_INPUT,
  INVALID_ANSWER: EXIT_CODE.INVALID_INPUT,
  UNAUTHORIZED: EXIT_CODE.REFUSED,
  FORBIDDEN: EXIT_CODE.REFUSED,
};

function exitCodeOf(error: Error): number {
  const { code } = error as { code?: unknown };
  return (typeof code === 'string' ? EXIT_BY_CODE[code] : undefined) ?? EXIT_CODE.FAILURE;
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function stacks(error: unknown): string {
  let text = '';
  for (let cause = error; cause instanceof Error; cause = cause.cause) text += `${cause.stack ?? cause.message}\n`;
  return text;
}
