import { OK, outcomeOf, type Outcome } from './call-outcome.js';
import { quietly } from './quietly.js';

/**
 * What `work` returns, the very promise where it is one; `settled` is told how it ended, once.
 *
 * Whatever `settled` throws is dropped: it is there to watch.
 *
 * @param settled - `hasThrown` also where the outcome is no error: a benign failure, a cancellation.
 */
export function observeOutcome<T>(work: () => T, settled: (outcome: Outcome, hasThrown: boolean) => void): T {
  let result: T;
  try {
    result = work();
  } catch (thrown) {
    quietly(() => settled(outcomeOf(thrown), true));
    throw thrown;
  }
  if (quietly(() => isThenable(result)) === true) {
    const promise = result as PromiseLike<unknown>;
    promise.then(
      () => quietly(() => settled(OK, false)),
      (thrown: unknown) => quietly(() => settled(outcomeOf(thrown), true)),
    );
  } else {
    quietly(() => settled(OK, false));
  }
  return result;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
