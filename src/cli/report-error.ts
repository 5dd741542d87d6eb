import { CommanderError } from 'commander';
import type { CliIo } from './cli-io.js';
import { CliError } from './errors.js';
import { EXIT_CODE, type ExitCodeName } from './exit-code.js';

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

/** What other parts of everspan, and Node, say by the `code` of an error. */
const EXIT_BY_CODE: Readonly<Record<string, ExitCodeName>> = {
  ECONNREFUSED: 'UNREACHABLE',
  ECONNRESET: 'UNREACHABLE',
  ENOTFOUND: 'UNREACHABLE',
  ETIMEDOUT: 'UNREACHABLE',
  EHOSTUNREACH: 'UNREACHABLE',
  ENETUNREACH: 'UNREACHABLE',
  // Of stores.
  UNAVAILABLE: 'UNREACHABLE',
  LOCKED: 'UNREACHABLE',
  INVALID_CURSOR: 'USAGE',
  INVALID_QUERY: 'USAGE',
  INVALID_URL: 'USAGE',
  CORRUPT: 'INVALID_INPUT',
  NEWER_SCHEMA: 'INVALID_INPUT',
  // Of the client of a collector, and the shape of its answers.
  UNREACHABLE: 'UNREACHABLE',
  TIMED_OUT: 'UNREACHABLE',
  INTERRUPTED: 'UNREACHABLE',
  NOT_FOUND: 'NOT_FOUND',
  MISSING: 'INVALID_INPUT',
  WRONG_TYPE: 'INVALID_INPUT',
  NOT_JSON: 'INVALID_INPUT',
  // Of the collector that is to start.
  INVALID_OPTIONS: 'USAGE',
  KEYS_REQUIRED: 'USAGE',
};

/** By the status of a collector that refused. */
const EXIT_BY_STATUS: Readonly<Record<number, ExitCodeName>> = {
  400: 'USAGE',
  401: 'REFUSED',
  403: 'REFUSED',
  503: 'UNREACHABLE',
};

function exitCodeOf(error: Error): number {
  const { code, status } = error as { code?: unknown; status?: unknown };
  const name = typeof code === 'string' ? EXIT_BY_CODE[code] : undefined;
  return EXIT_CODE[name ?? (typeof status === 'number' ? EXIT_BY_STATUS[status] : undefined) ?? 'FAILURE'];
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
