import type { Info } from '@temporalio/activity';
import { CircuitBreaker } from './circuit-breaker.js';
import type { Clock } from './clock.js';
import { asOperationError } from './operation-failure.js';
import { ApplicationFailure } from '@temporalio/common';

/** Of the timeout that Temporal enforces. */
const HELD_SHARE = 1 / 4;

/**
 * Asks a store while a workflow task waits for the answer: within a bound, and not at all while the store was away a moment ago, so that an
 * outage costs each workflow task microseconds, not the bound.
 */
export class HeldStore {
  readonly #clock: Clock;
  readonly #breaker: CircuitBreaker;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#breaker = new CircuitBreaker(clock);
  }

  /**
   * What `call` answers, within a quarter of the attempt's timeout: a process that is slow must answer all the same, before Temporal gives it up.
   *
   * @returns `undefined` where the store did not answer, or could not be reached: written or not.
   * @throws What `call` throws otherwise, a refusal.
   */
  ask<T>(call: () => Promise<T>, info: Pick<Info, 'startToCloseTimeoutMs'>): Promise<T | undefined> {
    const permit = this.#breaker.tryAcquire('held');
    if (permit === undefined) return Promise.resolve(undefined);
    const { startToCloseTimeoutMs: timeoutMs } = info;
    const startedMs = this.#clock.monotonicMs();
    return new Promise((resolve, reject) => {
      const cancelTimer = this.#clock.after(
        timeoutMs * HELD_SHARE,
        () => {
          permit.failed();
          resolve(undefined);
        },
        true,
      );
      call().then(
        (answer) => {
          cancelTimer();
          permit.succeeded(this.#clock.monotonicMs() - startedMs);
          resolve(answer);
        },
        (error: unknown) => {
          cancelTimer();
          if (isRefusal(error)) {
            permit.succeeded(this.#clock.monotonicMs() - startedMs);
            reject(error);
            return;
          }
          permit.failed();
          resolve(undefined);
        },
      );
    });
  }
}

// What the store said no to, it will say no to again. All else is tried again, where a retry does not hold a workflow task.
function isRefusal(error: unknown): boolean {
  if (error instanceof ApplicationFailure) return error.nonRetryable === true;
  return asOperationError(error)?.isRetryable === false;
}
