import { NoAnswerError } from './redis-failures.js';

interface PendingCall {
  /** Milliseconds, monotonic. */
  readonly deadline: number;
  readonly fail: (error: unknown) => void;
  previous: PendingCall | undefined;
  next: PendingCall | undefined;
  isPending: boolean;
}

/**
 * Gives calls that all have the same time one timer between them: a timer each costs more than the rest of a call.
 *
 * The timer keeps no process alive.
 */
export class CallDeadlines {
  readonly #timeoutMs: number;
  // Oldest first, as they were added; linked, since calls also end in the middle. In a Set, which grows anew all the time, what has ended is
  // kept alive by the tables that it has outgrown until a full collection.
  #first: PendingCall | undefined;
  #last: PendingCall | undefined;
  #count = 0;
  #isTimerSet = false;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Calls that have no answer yet. */
  get pendingCount(): number {
    return this.#count;
  }

  /** `answer`, in time; of what fails, or of NoAnswerError, what `recover` makes of it: another answer, or the error that it throws. */
  bound<T>(answer: Promise<T>, recover: (error: unknown) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        // After its time nobody is told any more.
        if (!call.isPending) return;
        this.#remove(call);
        try {
          resolve(recover(error));
        } catch (named) {
          reject(named);
        }
      };
      const call = this.#add(fail);
      answer.then((reply) => {
        if (call.isPending) this.#remove(call);
        resolve(reply);
      }, fail);
    });
  }

  #add(fail: (error: unknown) => void): PendingCall {
    const deadline = performance.now() + this.#timeoutMs;
    const call: PendingCall = { deadline, fail, previous: this.#last, next: undefined, isPending: true };
    if (this.#last === undefined) this.#first = call;
    else this.#last.next = call;
    this.#last = call;
    this.#count += 1;
    if (!this.#isTimerSet) this.#setTimer(this.#timeoutMs);
    return call;
  }

  #remove(call: PendingCall): void {
    const { previous, next } = call;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    call.previous = undefined;
    call.next = undefined;
    call.isPending = false;
    this.#count -= 1;
  }

  #setTimer(delayMs: number): void {
    this.#isTimerSet = true;
    setTimeout(() => this.#rejectExpired(), delayMs).unref();
  }

  #rejectExpired(): void {
    this.#isTimerSet = false;
    const now = performance.now();
    for (let call = this.#first; call !== undefined; call = this.#first) {
      // A timer may fire a fraction of a millisecond early.
      if (call.deadline > now + 1) {
        if (!this.#isTimerSet) this.#setTimer(call.deadline - now);
        return;
      }
      call.fail(new NoAnswerError(this.#timeoutMs));
    }
  }
}
