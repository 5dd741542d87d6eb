import { EverspanConfigError } from '../span/config-error.js';

/** A recorder that cannot be made from its options. Its message names the option and never holds a key. */
export class ArtefactOptionsError extends EverspanConfigError {
  override readonly name = 'ArtefactOptionsError';
  /** Empty where the options as a whole are wrong. */
  readonly option: string;

  constructor(option: string, message: string) {
    super('INVALID_OPTION', message);
    this.option = option;
  }
}
