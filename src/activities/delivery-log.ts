import type { Logger } from '@temporalio/common';
import type { Clock } from './clock.js';
import { LOG_INTERVAL_MS } from './delivery-limits.js';

/** Where warnings go: Temporal's logger, or anything with the same method. */
export type WarningLogger = Pick<Logger, 'warn'>;

/** Writes to the process's standard error. */
export const consoleLogger: WarningLogger = {
  warn: (message, meta) => (meta === undefined ? console.warn(message) : console.warn(message, meta)),
};

/**
 * Says what goes wrong with delivery without flooding the log: of one topic the first line at once, then at most one a minute, with
 * what came together in between.
 */
export class DeliveryLog {
  #logger: WarningLogger;
  readonly #clock: Clock;
  readonly #topics = new Map<string, { pending: (() => string) | undefined }>();

  constructor(logger: WarningLogger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  setLogger(logger: WarningLogger): void {
    this.#logger = logger;
  }

  /** @param line - Called when the line is written, so that it can hold what has come since. */
  warn(topic: string, line: () => string): void {
    const known = this.#topics.get(topic);
    if (known !== undefined) {
      known.pending = line;
      return;
    }
    this.#write(line);
    this.#openInterval(topic);
  }

  /** Writes what waits for its minute to pass. */
  flush(): void {
    for (const topic of this.#topics.values()) {
      if (topic.pending !== undefined) this.#write(topic.pending);
      topic.pending = undefined;
    }
  }

  #openInterval(topic: string): void {
    const interval: { pending: (() => string) | undefined } = { pending: undefined };
    this.#topics.set(topic, interval);
    this.#clock.after(LOG_INTERVAL_MS, () => {
      this.#topics.delete(topic);
      if (interval.pending === undefined) return;
      this.#write(interval.pending);
      this.#openInterval(topic);
    });
  }

  #write(line: () => string): void {
    try {
      this.#logger.warn(line());
    } catch {
      // A logger that throws is its owner's to see; delivery goes on.
    }
  }
}
