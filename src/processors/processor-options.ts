import { type OptionOwner, wrongOption } from '../span/check-options.js';
import { ProcessorOptionsError } from './errors.js';

/** What every processor of this package takes. */
export interface NamedProcessorOptions {
  /**
   * What counters and warnings call it. Default: by its kind, e.g. `otel`. Two of one kind in a plugin or a pipeline need names of their own.
   */
  readonly name?: string;
}

/** Who takes the options of the processor of this class; what is wrong is a `ProcessorOptionsError`. */
export function processorOwner(className: string): OptionOwner {
  return { name: className, makeError: (option, message) => new ProcessorOptionsError(option, message) };
}

/** The name that `options` gives, else `byKind`. @throws ProcessorOptionsError */
export function processorName(owner: OptionOwner, { name }: NamedProcessorOptions, byKind: string): string {
  if (name === undefined) return byKind;
  if (typeof name !== 'string' || name === '') throw wrongOption(owner, 'name', 'a text that is not empty', name);
  return name;
}

/** Refuses what an option of yes or no does not take. @throws ProcessorOptionsError */
export function checkFlag(owner: OptionOwner, option: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') throw wrongOption(owner, option, 'true or false', value);
}
