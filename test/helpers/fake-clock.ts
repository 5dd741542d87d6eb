import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/activities/clock.js';

interface FakeTimer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #nowMs = 1_000;
  readonly #timers = new Set<FakeTimer>();

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that have not run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass: timers run in order, each at its time, and promises settle between them. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settlePromises();
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.callback();
      await settlePromises();
    }
    this.#nowMs = untilMs;
  }
}

// A turn of the event loop runs every promise job that does not wait for something outside.
async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await setImmediate();
}
