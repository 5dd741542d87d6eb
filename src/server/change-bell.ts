import { EventEmitter } from 'node:events';

/** Rings in this process when an account's spans have changed, so that readers of live changes need not ask the store all the time. */
export class ChangeBell {
  readonly #bells = new EventEmitter().setMaxListeners(0);

  ring(accountId: string): void {
    // A prefix, so that an account cannot be named `error`.
    this.#bells.emit(`account ${accountId}`);
  }

  /** Resolves at the next ring, after `timeoutMs`, or when `signal` aborts. Never rejects. */
  next(accountId: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const name = `account ${accountId}`;
      const finish = (): void => {
        clearTimeout(timer);
        this.#bells.off(name, finish);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#bells.on(name, finish);
      signal.addEventListener('abort', finish, { once: true });
    });
  }
}
