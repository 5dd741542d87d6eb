import {
  checkChoice,
  checkOptionNames,
  checkRange,
  configOwner,
  type OptionNames,
  type OptionOwner,
  wrongOption,
} from '../span/check-options.js';
import { DEFAULT_CONFIG } from '../wire/default-config.js';
import type { RecordedConfig } from '../wire/span-batch.js';

const NAMES: OptionNames<RecordedConfig> = {
  closing: true,
  delivery: true,
  spanTaskQueue: true,
  hasSink: true,
  lingerMs: true,
  sampleRatio: true,
  keepErrors: true,
  captureWorkflowIo: true,
  traceScope: true,
  budgetBytes: true,
};

/**
 * The whole configuration: what `given` says, and what it leaves out as the protocol has it.
 *
 * @param taker - The function that takes it, for messages.
 * @throws EverspanConfigError `INVALID_OPTION`.
 */
export function deliveryConfig(taker: string, given: Partial<RecordedConfig> = {}): RecordedConfig {
  const owner = { ...configOwner(taker), within: 'config' };
  checkOptionNames(owner, given, NAMES);
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  const config: RecordedConfig = { ...DEFAULT_CONFIG, ...(Object.fromEntries(said) as Partial<RecordedConfig>) };
  checkRunOptions(owner, config);
  if (typeof config.hasSink !== 'boolean') throw wrongOption(owner, 'hasSink', 'true or false', config.hasSink);
  return config;
}

/**
 * Refuses values that no run could keep to; the plugin's options of these names are the same.
 *
 * @throws What `owner.makeError` makes.
 */
export function checkRunOptions(owner: OptionOwner, config: Omit<RecordedConfig, 'hasSink'>): void {
  checkChoice(owner, 'closing', config.closing, ['auto', 'direct', 'activity', 'background', 'record']);
  checkChoice(owner, 'delivery', config.delivery, ['auto', 'local', 'remote']);
  checkChoice(owner, 'traceScope', config.traceScope, ['chain', 'run']);
  checkRange(owner, 'sampleRatio', config.sampleRatio, 0, 1);
  checkRange(owner, 'lingerMs', config.lingerMs, 0, 60_000);
  checkRange(owner, 'budgetBytes', config.budgetBytes, 0, 50_000_000);
  for (const name of ['keepErrors', 'captureWorkflowIo'] as const) {
    if (typeof config[name] !== 'boolean') throw wrongOption(owner, name, 'true or false', config[name]);
  }
  const { spanTaskQueue } = config;
  if (spanTaskQueue !== undefined && (typeof spanTaskQueue !== 'string' || spanTaskQueue === ''))
    throw wrongOption(owner, 'spanTaskQueue', 'the name of a task queue', spanTaskQueue);
}
