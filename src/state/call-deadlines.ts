import { NoAnswerError } from './redis-failures.js';

interface PendingCall {
  /** Milliseconds, monotonic. */
  readonly deadline: number;
  readonly fail: (error: Error) => void;
}

/**
 * Gives calls that all have the same time one timer between them: a timer each costs more than the rest of a call.
 *
 * The timer keeps no process alive.
 */
export class CallDeadlines {
  readonly #timeoutMs: number;
  /** Oldest first, as they were added. */
  readonly #pending = new Set<PendingCall>();
  #isTimerSet = false;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Calls that have no answer yet. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /**
   * `answer`, in time; of what fails, or of NoAnswerError, what `recover` makes of it: another answer, or the error that it throws.
   */
  bound<T>(answer: Promise<T>, recover: (error: unknown) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        // After its time nobody is told any more.
        if (!this.#pending.delete(call)) return;
        try {
          resolve(recover(error));
        } catch (named) {
          reject(named);
        }
      };
      const call = { deadline: performance.now() + this.#timeoutMs, fail };
      this.#pending.add(call);
      if (!this.#isTimerSet) this.#setTimer(this.#timeoutMs);
      answer.then((reply) => {
        this.#pending.delete(call);
        resolve(reply);
      }, fail);
    });
  }

  #setTimer(delayMs: number): void {
    this.#isTimerSet = true;
    setTimeout(() => this.#rejectExpired(), delayMs).unref();
  }

  #rejectExpired(): void {
    this.#isTimerSet = false;
    const now = performance.now();
    for (const call of this.#pending) {
      // A timer may fire a fraction of a millisecond early.
      if (call.deadline > now + 1) {
        this.#setTimer(call.deadline - now);
        return;
      }
      call.fail(new NoAnswerError(this.#timeoutMs));
    }
  }
}
