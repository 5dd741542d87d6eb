import { consoleLogger, type WarningLogger } from '../activities/delivery-log.js';
import { processResource } from '../activities/resource.js';
import { createSpanRedactor, type Redaction } from '../processors/redaction.js';
import { checkOptionNames, type OptionNames, type OptionOwner, wrongOption } from '../span/check-options.js';
import type { Attributes } from '../span/span.js';
import { ArtefactOptionsError } from './errors.js';

/** What a recorder of artefacts takes. All of it may be left out. */
export interface ArtefactOptions {
  /** False: bodies run, nothing is recorded. Default true. */
  readonly enabled?: boolean;
  /** Where tasks have their folders. Default `.everspan/artefacts`. */
  readonly folder?: string;
  /** Address of a collector. Without one the folders stay where they are. */
  readonly server?: string;
  /** Sent as `x-api-key`, and appears nowhere else. */
  readonly apiKey?: string;
  /** Sent as `x-selected-account-id`. */
  readonly accountId?: string;
  /** Whether a folder stays when the server has it. Default false. */
  readonly keepUploaded?: boolean;
  /** `user_id` where neither the task nor the trace names an owner. */
  readonly ownerId?: string;
  /** Milliseconds until an upload that was put off is tried again, and until the folder is searched for what dead processes left. Default 60,000. */
  readonly retryLaterMs?: number;
  /** Tries of one request before it is put off. Default 5. */
  readonly triesMax?: number;
  /** Applied to spans before they are written. Ids, and what makes a row one of its task, stay. */
  readonly redaction?: Redaction;
  /** Of spans outside of a trace of everspan. Default: this process, as OpenTelemetry describes it. */
  readonly resource?: Attributes;
  readonly logger?: WarningLogger;
}

/** The options with their defaults. */
export interface ResolvedArtefacts {
  readonly isEnabled: boolean;
  readonly folder: string;
  readonly server: string | undefined;
  readonly apiKey: string | undefined;
  readonly accountId: string | undefined;
  readonly keepUploaded: boolean;
  readonly ownerId: string | undefined;
  readonly retryLaterMs: number;
  readonly triesMax: number;
  readonly redaction: Redaction | undefined;
  readonly resource: Attributes;
  readonly logger: WarningLogger;
}

const FOLDER_DEFAULT = '.everspan/artefacts';
const RETRY_LATER_MS_DEFAULT = 60_000;
const TRIES_MAX_DEFAULT = 5;

/** What stands for the options in messages; what is wrong is an `ArtefactOptionsError`. */
const OWNER: OptionOwner = { name: 'artefacts', makeError: (option, message) => new ArtefactOptionsError(option, message) };
/** The options that the plugin hands on. */
export const PLUGIN_ARTEFACT_NAMES: OptionNames<Omit<ArtefactOptions, 'redaction' | 'resource' | 'logger'>> = {
  enabled: true,
  folder: true,
  server: true,
  apiKey: true,
  accountId: true,
  keepUploaded: true,
  ownerId: true,
  retryLaterMs: true,
  triesMax: true,
};
const NAMES: OptionNames<ArtefactOptions> = { ...PLUGIN_ARTEFACT_NAMES, redaction: true, resource: true, logger: true };

/** `options` with defaults for what is left out. @throws ArtefactOptionsError; ProcessorOptionsError for a redaction that is none. */
export function resolveArtefacts(options: ArtefactOptions): ResolvedArtefacts {
  checkOptionNames(OWNER, options, NAMES);
  const { folder = FOLDER_DEFAULT, retryLaterMs = RETRY_LATER_MS_DEFAULT, triesMax = TRIES_MAX_DEFAULT } = options;
  const wrong = (option: keyof ArtefactOptions, wanted: string, got: unknown): Error => wrongOption(OWNER, option, wanted, got);
  if (typeof folder !== 'string' || folder === '' || folder.includes('\0')) throw wrong('folder', 'the path of a folder', folder);
  if (typeof retryLaterMs !== 'number' || !(retryLaterMs >= 1 && retryLaterMs <= 3_600_000))
    throw wrong('retryLaterMs', 'a number from 1 to 3600000', retryLaterMs);
  if (!(Number.isInteger(triesMax) && triesMax >= 1)) throw wrong('triesMax', 'a whole number from 1 on', triesMax);
  for (const name of ['server', 'accountId', 'ownerId'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'string') throw wrong(name, 'text', options[name]);
  }
  // Not shown, whatever it is.
  if (options.apiKey !== undefined && typeof options.apiKey !== 'string')
    throw new ArtefactOptionsError('apiKey', `artefacts option apiKey must be text, got a ${typeof options.apiKey}`);
  for (const name of ['enabled', 'keepUploaded'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'boolean') throw wrong(name, 'true or false', options[name]);
  }
  if (options.logger !== undefined && typeof options.logger?.warn !== 'function')
    throw wrong('logger', 'an object with a method warn()', options.logger);
  if (options.redaction !== undefined) createSpanRedactor(options.redaction);
  return {
    isEnabled: options.enabled ?? true,
    folder,
    server: options.server,
    apiKey: options.apiKey,
    accountId: options.accountId,
    keepUploaded: options.keepUploaded ?? false,
    ownerId: options.ownerId,
    retryLaterMs,
    triesMax,
    redaction: options.redaction,
    resource: options.resource ?? processResource(),
    logger: options.logger ?? consoleLogger,
  };
}
