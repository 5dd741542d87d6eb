/** The difference that the two clocks may have before the wall clock counts as set. */
const SET_MS = 2;

let offsetMs = 0;

/**
 * Microseconds since the epoch, in finer steps than `Date.now()` has: what follows in this process is told as later.
 *
 * The steady clock measures; the wall clock, when somebody sets it, takes it along.
 */
export function wallMicros(): number {
  const wallMs = Date.now();
  const steadyMs = performance.timeOrigin + performance.now();
  const aheadMs = steadyMs + offsetMs - wallMs;
  // Date.now() leaves out up to a millisecond.
  if (aheadMs < 0 || aheadMs >= SET_MS) offsetMs = wallMs - steadyMs;
  return Math.round((steadyMs + offsetMs) * 1_000);
}

/** A clock that starts now and is never set: the times of one task. */
export function startTaskClock(): () => number {
  const startMicros = wallMicros();
  const startedAtMs = performance.now();
  return () => startMicros + Math.round((performance.now() - startedAtMs) * 1_000);
}
