import type { ListeningCollector } from './collector.js';

/**
 * Resolves when the process has been asked to end (SIGTERM or SIGINT) and the collector has stopped: requests under way are
 * answered, and what they acknowledged is in the store, which the caller closes then.
 *
 * A second signal ends the process at once, as if nobody listened.
 */
export async function stopOnSignals(
  collector: ListeningCollector,
  signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'],
): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      for (const signal of signals) process.off(signal, stop);
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });
  await collector.close();
}
