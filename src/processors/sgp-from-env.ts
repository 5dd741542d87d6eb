import { SgpProcessor, type SgpProcessorOptions } from './sgp-processor.js';

/** Where it is said that SGP is off: `console`, Temporal's logger, or anything with the same two methods. */
export interface NoticeLogger {
  info(message: string): void;
  warn(message: string): void;
}

/** What the environment does not say. */
export interface SgpFromEnvOptions extends Omit<SgpProcessorOptions, 'apiKey' | 'accountId' | 'baseUrl' | 'env' | 'logger'> {
  /** Default: `console`. */
  readonly logger?: NoticeLogger;
}

const TOLD = new WeakSet<NoticeLogger>();

/**
 * A processor for the account that SGP_API_KEY, SGP_ACCOUNT_ID and SGP_CLIENT_BASE_URL name.
 *
 * @returns `undefined` when key or account is missing or blank: SGP is off then, which each logger is told once. As a warning where
 *   one of the two is set, since that looks like a mistake.
 * @throws ProcessorOptionsError when they are there and cannot be used.
 */
export function createSgpProcessorFromEnv(
  env: Readonly<Record<string, string | undefined>>,
  options: SgpFromEnvOptions = {},
): SgpProcessor | undefined {
  const { logger = console, ...rest } = options;
  // Keys often come from files, with a line break at the end.
  const apiKey = env['SGP_API_KEY']?.trim() ?? '';
  const accountId = env['SGP_ACCOUNT_ID']?.trim() ?? '';
  if (apiKey !== '' && accountId !== '') return new SgpProcessor({ ...rest, env, logger });
  if (!TOLD.has(logger)) {
    TOLD.add(logger);
    const missing = [apiKey === '' ? 'SGP_API_KEY' : '', accountId === '' ? 'SGP_ACCOUNT_ID' : ''].filter((name) => name !== '');
    const message = `everspan: no spans go to SGP, because ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not set`;
    if (missing.length > 1) logger.info(message);
    else logger.warn(message);
  }
  return undefined;
}
