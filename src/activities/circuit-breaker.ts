import { invariant } from '../span/errors.js';
import type { Clock } from './clock.js';
import { BREAKER_WINDOW_MS_MAX, BREAKER_WINDOW_MS_MIN, HELD_CALL_MS_MAX } from './delivery-limits.js';

/** See `CircuitBreaker`. */
export type BreakerState = 'closed' | 'open' | 'slow' | 'half-open';

/** Who asks: a `held` call has a workflow task waiting for it, a `patient` one has not. */
export type CallPatience = 'held' | 'patient';

/** Leave to make one call. Exactly one of its methods is called when that call is over; more are ignored. */
export interface CallPermit {
  /** The processor answered, after `elapsedMs`; also when it rejected spans. */
  succeeded(elapsedMs: number): void;
  /** The processor was not there, or did not answer by the deadline. */
  failed(): void;
  /** The call ended for a reason that says nothing about the processor. */
  abandoned(): void;
}

/**
 * Keeps the calls of one process away from a processor that does not answer, so that they cost microseconds, not deadlines.
 *
 * ```
 * closed    --a call failed-->                     open       (for 250 ms, doubled each time up to 5 s)
 * open      --its time passed, a call asks-->      half-open  (that call is the probe; no other is made meanwhile)
 * half-open --probe answered in time-->            closed     (the next opening lasts 250 ms again)
 * half-open --probe answered late-->               slow       (patient calls are made, held ones are not)
 * half-open --probe failed-->                      open       (for twice as long)
 * half-open --probe abandoned-->                   open       (the next call may probe at once)
 * slow      --a patient call answered in time-->   closed
 * slow      --a patient call failed-->             open       (for twice as long)
 * slow      --its time passed, a held call asks--> half-open
 * ```
 *
 * "In time" is the bound of a held call. While the background has work of its own, it is the one that probes: then no held call
 * is made before the processor has answered.
 */
export class CircuitBreaker {
  readonly #clock: Clock;
  readonly #onChange: (state: BreakerState) => void;
  readonly #hasBackgroundWork: () => boolean;
  #state: BreakerState = 'closed';
  #windowMs = BREAKER_WINDOW_MS_MIN;
  #probeFromMs = 0;

  /**
   * @param onChange - Called after each change of state.
   * @param hasBackgroundWork - Whether a patient call will ask by itself once the breaker's time has passed.
   */
  constructor(clock: Clock, onChange: (state: BreakerState) => void = () => {}, hasBackgroundWork: () => boolean = () => false) {
    this.#clock = clock;
    this.#onChange = onChange;
    this.#hasBackgroundWork = hasBackgroundWork;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Milliseconds until a patient call may be made; 0 when it may be made now. While a probe is under way: until one may follow it. */
  patientWaitMs(): number {
    if (this.#state === 'closed' || this.#state === 'slow') return 0;
    if (this.#state === 'half-open') return BREAKER_WINDOW_MS_MIN;
    return Math.max(0, this.#probeFromMs - this.#clock.monotonicMs());
  }

  /** Leave to call the processor, or `undefined` when it must not be called now. */
  tryAcquire(patience: CallPatience): CallPermit | undefined {
    switch (this.#state) {
      case 'closed':
        return this.#permit('closed');
      case 'half-open':
        return undefined;
      case 'slow':
        if (patience === 'patient') return this.#permit('slow');
        break;
      case 'open':
        break;
    }
    if (this.#clock.monotonicMs() < this.#probeFromMs) return undefined;
    if (patience === 'held' && this.#hasBackgroundWork()) return undefined;
    this.#halfOpen();
    return this.#permit('half-open');
  }

  // A call reports to the state that it was made in: what began before the breaker opened no longer tells anything new.
  #permit(madeIn: BreakerState): CallPermit {
    let isOver = false;
    const report = (arrow: () => void) => {
      if (isOver) return;
      isOver = true;
      if (this.#state === madeIn) arrow();
    };
    return {
      succeeded: (elapsedMs) => report(() => this.#answered(elapsedMs)),
      failed: () => report(() => this.#open()),
      abandoned: () => report(() => this.#abandon()),
    };
  }

  #answered(elapsedMs: number): void {
    if (this.#state === 'closed') return;
    invariant(this.#state !== 'open', 'an open breaker has no call under way that it listens to');
    if (elapsedMs <= HELD_CALL_MS_MAX) this.#close();
    else if (this.#state === 'half-open') this.#slow();
  }

  #close(): void {
    this.#windowMs = BREAKER_WINDOW_MS_MIN;
    this.#enter('closed');
  }

  #slow(): void {
    this.#startWindow();
    this.#enter('slow');
  }

  #open(): void {
    invariant(this.#state !== 'open', 'a breaker that is open cannot open');
    this.#startWindow();
    this.#enter('open');
  }

  #halfOpen(): void {
    invariant(this.#state === 'open' || this.#state === 'slow', `a breaker that is ${this.#state} sends no probe`);
    this.#enter('half-open');
  }

  #abandon(): void {
    if (this.#state !== 'half-open') return;
    this.#probeFromMs = this.#clock.monotonicMs();
    this.#enter('open');
  }

  #startWindow(): void {
    this.#probeFromMs = this.#clock.monotonicMs() + this.#windowMs;
    this.#windowMs = Math.min(this.#windowMs * 2, BREAKER_WINDOW_MS_MAX);
  }

  #enter(state: BreakerState): void {
    this.#state = state;
    this.#onChange(state);
  }
}
