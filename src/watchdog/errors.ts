/** What can go wrong with a watchdog as a whole. The list is closed. */
export type WatchdogCode =
  /** The namespace gave no answer: nothing is closed on silence. */
  | 'NAMESPACE_UNANSWERED'
  /** An option that cannot be. */
  | 'INVALID_OPTION';

/** A sweep, or its schedule, that cannot be; its message says what to do. */
export class WatchdogError extends Error {
  override readonly name = 'WatchdogError';
  readonly code: WatchdogCode;

  constructor(code: WatchdogCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Temporal's record says something that this version cannot read: nothing is concluded from it. */
export class UnreadableRecordError extends Error {
  override readonly name = 'UnreadableRecordError';
}
