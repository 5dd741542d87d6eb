import type { RecordedConfig } from './span-batch.js';

/** What a run keeps to unless its worker says otherwise. It is part of the protocol: another one is another `PATCH_ID`. */
export const DEFAULT_CONFIG: RecordedConfig = {
  closing: 'auto',
  delivery: 'auto',
  hasSink: true,
  lingerMs: 1_000,
  sampleRatio: 1,
  keepErrors: false,
  captureWorkflowIo: false,
  traceScope: 'chain',
  budgetBytes: 2_500_000,
};

/** Whether `config` says what `DEFAULT_CONFIG` does. The queue of remote batches may be any: a run learns of it with its first answer. */
export function isDefaultConfig(config: RecordedConfig): boolean {
  return FIELDS.every((field) => config[field] === DEFAULT_CONFIG[field]);
}

const FIELDS = Object.keys(DEFAULT_CONFIG) as (keyof RecordedConfig)[];
