import { OperationError } from '../operation/operation-error.js';

/** Waits before each further try, in milliseconds. */
const RESEND_WAITS_MS = [50, 200, 800] as const;

/**
 * What `call` answers, tried again a few times where the store was not reached, or did not say whether it wrote. `call` uses one request id: what
 * was written already is not written again.
 *
 * @throws OperationError that of the last try.
 */
export async function resend<T>(call: () => Promise<T>, wait: (ms: number) => Promise<unknown> = sleep): Promise<T> {
  for (const waitMs of RESEND_WAITS_MS) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof OperationError) || !error.isRetryable) throw error;
      await wait(waitMs);
    }
  }
  return call();
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
