const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 8_000;
/** Share of a backoff that chance may take off, so that many processes do not come back at once. */
const JITTER_SHARE = 0.25;

/**
 * Milliseconds to wait after the `failedTries`th try, where the server did not say: 0.5 s, doubled up to 8 s, less up to a quarter.
 *
 * @param random - A number in [0, 1).
 */
export function backoffMs(failedTries: number, random: number): number {
  const fullMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (failedTries - 1));
  return fullMs * (1 - JITTER_SHARE * random);
}

/**
 * Milliseconds that a `Retry-After` header asks to wait; `undefined` where there is none that can be read.
 *
 * @param header - Seconds, or an HTTP date.
 * @param nowMs - Milliseconds since the epoch.
 */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1_000;
  // Every form of an HTTP date names the day of the week; Date.parse alone would read "-1" as a year.
  const dateMs = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
