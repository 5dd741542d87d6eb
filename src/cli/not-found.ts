import { CliError } from './errors.js';
import type { TraceSource } from './trace-source.js';

/** The error for `what`, which is not in `source`: where it was looked for, and where else it may be. */
export async function notFound(what: string, source: TraceSource): Promise<CliError> {
  return new CliError('NOT_FOUND', await missingText(what, source));
}

/** What that error says. */
export async function missingText(what: string, source: TraceSource): Promise<string> {
  const elsewhere = await source.elsewhere?.();
  return `${what} in ${source.name}${elsewhere === undefined ? '' : `; ${elsewhere}`}`;
}
