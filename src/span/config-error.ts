/** What can be wrong with how everspan is set up. The list is closed. */
export type EverspanConfigCode = 'INVALID_OPTION' | 'ACTIVITY_NAME_TAKEN';

/**
 * A set-up that cannot work. Thrown while what it is for is made (a plugin, a processor, a client, a worker), never later; its message says what
 * to change.
 */
export class EverspanConfigError extends Error {
  override readonly name: string = 'EverspanConfigError';
  readonly code: EverspanConfigCode;

  constructor(code: EverspanConfigCode, message: string) {
    super(message);
    this.code = code;
  }
}
