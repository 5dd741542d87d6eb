/** A stream that a command writes to. */
export interface CliStream {
  readonly isTerminal: boolean;
  /** Characters in a line of the terminal; `undefined` where there is none. */
  readonly columns: number | undefined;
  /** Resolves when the stream can take more, so that a long output does not pile up in memory. */
  write(text: string): Promise<void>;
}

/**
 * What a command has of the world around it; everything that it prints, reads of the environment or is stopped by goes through here.
 *
 * Results go to `stdout`, all else (progress, notes, errors) to `stderr`.
 */
export interface CliIo {
  readonly stdout: CliStream;
  readonly stderr: CliStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /**
   * Aborts at the first Ctrl-C or SIGTERM. From the first call on the process does not die of these by itself any more: for commands that
   * have something to end (a server, a stream, a half-written file). The second one ends the process at once.
   */
  interruption(): AbortSignal;
}
