import type { ExitCodeName } from './exit-code.js';

/** Why a command ends without its result. `code` names the exit code; the message is the one line that the user sees. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: Exclude<ExitCodeName, 'OK'>;

  constructor(code: Exclude<ExitCodeName, 'OK'>, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
