import type { Isolate } from './isolate.js';

/** What is made of a command's end. What one of them throws rejects the promise. */
export interface Settling<T> {
  resolved(value: unknown): T | Promise<T>;
  rejected(reason: unknown): T | Promise<T>;
}

/**
 * `promise`, of the activity command `seq`, settled with what `settling` makes of the command's end; after as many ticks as a call of the
 * user's own would take. Local activities that end one by one when they run end at once in replay: only calls that take the same number of
 * ticks go on in the same order both times.
 */
export function settleCommand<T>(isolate: Isolate, seq: number, promise: Promise<unknown>, settling: Settling<T>): Promise<T> {
  const table = isolate.completions?.activity;
  const completion = table?.get(seq);
  if (table === undefined || completion === undefined) {
    return promise.then(
      (value) => settling.resolved(value),
      (reason: unknown) => settling.rejected(reason),
    );
  }
  const settle = (make: () => unknown): void => {
    let made: unknown;
    try {
      made = make();
    } catch (error) {
      completion.reject(error);
      return;
    }
    completion.resolve(made);
  };
  table.set(seq, {
    ...completion,
    resolve: (value) => settle(() => settling.resolved(value)),
    reject: (reason) => settle(() => settling.rejected(reason)),
  });
  return promise as Promise<T>;
}
