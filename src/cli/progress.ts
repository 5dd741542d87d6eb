import type { CliIo } from './cli-io.js';

export interface Progress {
  /** Shows `text` in place of what was shown, at most ten times a second. */
  show(text: string): void;
  /** Takes the line away, so that nothing of it is left between results. */
  clear(): void;
}

const INTERVAL_MS = 100;

/** One line of progress on stderr, on a terminal only; elsewhere nothing at all. */
export function startProgress(io: CliIo, now: () => number = Date.now): Progress {
  if (!io.stderr.isTerminal) return { show: () => undefined, clear: () => undefined };
  let shownAtMs = 0;
  let isShown = false;
  return {
    show(text) {
      if (now() - shownAtMs < INTERVAL_MS) return;
      shownAtMs = now();
      isShown = true;
      void io.stderr.write(`\r\u001b[K${text.slice(0, (io.stderr.columns ?? 80) - 1)}`);
    },
    clear() {
      if (isShown) void io.stderr.write('\r\u001b[K');
      isShown = false;
    },
  };
}
