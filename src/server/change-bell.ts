import { EventEmitter } from 'node:events';
import type { SpanStore } from '../store/span-store.js';

/** Milliseconds between two looks for what other processes wrote to the same store. */
const POLL_MS = 100;

/**
 * Rings when an account's spans have changed: at once for what this process wrote, within `POLL_MS` for what others did.
 *
 * The store is asked only while somebody listens, and once for all who do.
 */
export class ChangeBell {
  readonly #store: Pick<SpanStore, 'lastSequence'>;
  readonly #bells = new EventEmitter().setMaxListeners(0);
  readonly #polls = new Map<string, { listeners: number; timer: NodeJS.Timeout | undefined; lastSequence: number }>();

  constructor(store: Pick<SpanStore, 'lastSequence'>) {
    this.#store = store;
  }

  ring(accountId: string): void {
    this.#bells.emit(eventOf(accountId));
  }

  /** Calls `onRing` until the function that it gives back is called. A ring may be in vain. */
  subscribe(accountId: string, onRing: () => void): () => void {
    const event = eventOf(accountId);
    this.#bells.on(event, onRing);
    const poll = this.#polls.get(accountId) ?? { listeners: 0, timer: undefined, lastSequence: -1 };
    poll.listeners += 1;
    if (poll.listeners === 1) {
      this.#polls.set(accountId, poll);
      this.#schedule(accountId);
    }
    return () => {
      this.#bells.off(event, onRing);
      poll.listeners -= 1;
      if (poll.listeners > 0) return;
      clearTimeout(poll.timer);
      this.#polls.delete(accountId);
    };
  }

  #schedule(accountId: string): void {
    const poll = this.#polls.get(accountId);
    if (poll !== undefined) poll.timer = setTimeout(() => void this.#look(accountId), POLL_MS);
  }

  async #look(accountId: string): Promise<void> {
    const poll = this.#polls.get(accountId);
    if (poll === undefined) return;
    try {
      const sequence = await this.#store.lastSequence({ accountId });
      if (sequence !== poll.lastSequence) this.ring(accountId);
      poll.lastSequence = sequence;
    } catch {
      // A reader that asks for changes itself sees the failure, and is told.
      this.ring(accountId);
    }
    if (this.#polls.get(accountId) === poll) this.#schedule(accountId);
  }
}

// A prefix, so that an account cannot be named `error`.
function eventOf(accountId: string): string {
  return `account ${accountId}`;
}
