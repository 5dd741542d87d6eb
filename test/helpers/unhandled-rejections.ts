import { afterEach, beforeEach } from 'vitest';

/** Fails each test of the calling `describe` that leaves a rejection unhandled. */
export function failOnUnhandledRejections(): void {
  const unhandled: unknown[] = [];
  const keepUnhandled = (reason: unknown): void => {
    unhandled.push(reason);
  };
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', keepUnhandled);
  });
  afterEach(() => {
    process.off('unhandledRejection', keepUnhandled);
    if (unhandled.length > 0) throw new AggregateError(unhandled, 'a rejection was left unhandled');
  });
}
