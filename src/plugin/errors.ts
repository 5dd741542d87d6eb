/** What can be wrong with how everspan is set up. The list is closed. */
export type EverspanConfigCode = 'INVALID_OPTION' | 'ACTIVITY_NAME_TAKEN';

/** A set-up that cannot work. Thrown while a client or a worker is made, never later; its message says what to change. */
export class EverspanConfigError extends Error {
  override readonly name = 'EverspanConfigError';
  readonly code: EverspanConfigCode;

  constructor(code: EverspanConfigCode, message: string) {
    super(message);
    this.code = code;
  }
}
