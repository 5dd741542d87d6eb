/** How the process ends. The list is part of the command line's contract: docs/cli.md shows it. */
export const EXIT_CODE = {
  OK: 0,
  /** Something went wrong that none of the others names. */
  FAILURE: 1,
  /** The command line cannot be understood: unknown command or option, missing or invalid value. */
  USAGE: 2,
  /** The trace, workflow or operation that was asked for is not there. */
  NOT_FOUND: 3,
  /** The server or database cannot be reached, or did not answer in time. */
  UNREACHABLE: 4,
  /** The server refused the key, or the account may not see what was asked for. */
  REFUSED: 5,
  /** What was read is not what it should be: no rows that can be read, an answer of another shape. */
  INVALID_INPUT: 6,
  /** Stopped by Ctrl-C, as a shell counts it: 128 and the signal's number. */
  INTERRUPTED: 130,
} as const;

export type ExitCodeName = keyof typeof EXIT_CODE;

/** What each code means, for help and docs. */
const EXIT_CODE_MEANINGS: Readonly<Record<ExitCodeName, string>> = {
  OK: 'done',
  FAILURE: 'failed',
  USAGE: 'unknown command or option, missing or invalid value',
  NOT_FOUND: 'the trace, workflow or operation is not there',
  UNREACHABLE: 'the server or database cannot be reached',
  REFUSED: 'the server refused the key or the account',
  INVALID_INPUT: 'what was read has not the shape it should have',
  INTERRUPTED: 'stopped by Ctrl-C',
};

/** Each code with its meaning, in order. */
export function exitCodeRows(): [code: number, meaning: string][] {
  return Object.entries(EXIT_CODE_MEANINGS).map(([name, meaning]) => [EXIT_CODE[name as ExitCodeName], meaning]);
}
