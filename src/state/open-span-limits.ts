/** The open spans of a run are kept for this long after the last of them was put or renewed, in milliseconds: a week without any watchdog. */
export const OPEN_SPANS_TTL_MS = 604_800_000;
/** That a span has ended is remembered for this long, in milliseconds: twice as long as the server retries a START. */
export const ENDED_SPANS_TTL_MS = 7_200_000;
/** So many ended spans of a run are remembered, the last ones. */
export const ENDED_SPANS_MAX = 5_000;
