/** Time as the delivery side sees it; tests hand in their own. */
export interface Clock {
  /** Milliseconds on a scale that never goes back. Only differences mean something. */
  monotonicMs(): number;
  /**
   * Calls `callback` once, after `delayMs`.
   *
   * @param keepsAlive - Whether a process with nothing else to do waits for it. Only for what somebody awaits.
   * @returns Cancels the call; harmless when it has been made.
   */
  after(delayMs: number, callback: () => void, keepsAlive?: boolean): () => void;
}

/** The process's own clock. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  after(delayMs, callback, keepsAlive = false) {
    const timer = setTimeout(callback, delayMs);
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};
