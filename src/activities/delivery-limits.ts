/** Longest that a held call (one that a workflow task waits for) may take, in milliseconds. */
export const HELD_CALL_MS_MAX = 250;
/** Longest that a call may take in a remote span activity, in milliseconds; its own timeout may be shorter. */
export const REMOTE_CALL_MS_MAX = 10_000;
/** Longest that one call of the background sender may take, in milliseconds. */
export const BACKGROUND_CALL_MS_MAX = 10_000;
/** Kept from a timeout that Temporal enforces, in milliseconds, so that our answer comes first, in a loaded process too. */
export const TIMEOUT_MARGIN_MS = 50;
/** First time that a breaker stays open, in milliseconds; doubles up to the longest. */
export const BREAKER_WINDOW_MS_MIN = 250;
/** Longest time that a breaker stays open before the next probe, in milliseconds. */
export const BREAKER_WINDOW_MS_MAX = 5_000;
/** Spans in one call to a processor. SGP takes 1,000. */
export const CALL_SPANS_MAX = 512;
/** Approximate bytes in one call to a processor. A single larger span goes alone. */
export const CALL_BYTES_MAX = 4 * 1_048_576;
/** Time in which spans gather before the background sender sends them, in milliseconds, unless a call's worth of them is there before. */
export const BACKGROUND_LINGER_MS = 1_000;
/** Spans that wait in the background for one processor. */
export const QUEUE_SPANS_MAX = 20_000;
/** Approximate bytes that wait in the background for one processor. */
export const QUEUE_BYTES_MAX = 32 * 1_048_576;
/** How long the background sender goes on trying one span, in milliseconds. */
export const QUEUE_AGE_MS_MAX = 3_600_000;
/** Spans that the background sender sends to see whether a processor is back. Few: one that hangs may keep them. */
export const PROBE_SPANS_MAX = 16;
/** First wait after a call that failed though the processor is there, in milliseconds; doubles up to the longest. */
export const RETRY_WAIT_MS_MIN = 250;
/** Longest such wait, in milliseconds. */
export const RETRY_WAIT_MS_MAX = 5_000;
/** Shortest time between two log lines about drops, or about failures, in milliseconds. */
export const LOG_INTERVAL_MS = 60_000;
