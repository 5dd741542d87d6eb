/**
 * What `work` resolves to, unless `signal` aborts first: then rejects with `makeError()`, and how `work` ends no longer matters.
 *
 * The listener is taken off again: a signal that outlives many calls would else collect one for each.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, makeError: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(makeError());
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    const settle = (): void => signal.removeEventListener('abort', abort);
    work.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}
