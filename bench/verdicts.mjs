/** @typedef {import('./statistics.mjs').Interval} Interval */

/**
 * How a measured number stands to its target. `noisy`: the machine was too restless to say; `not measured`: a part is missing.
 *
 * @typedef {'met' | 'missed' | 'noisy' | 'not measured'} Verdict
 */

/**
 * What a number must be.
 *
 * @typedef {{ readonly atMost: number } | { readonly atLeast: number }} Bound
 */

/** Where the control has to lie: a second untraced worker that differs by more says that the machine does. */
export const CONTROL_RANGE = { low: 0.95, high: 1.05 };

/** Of fewer pairs not even the least and the greatest enclose the median in 95 of 100 cases. */
export const PAIRS_MIN = 6;

/**
 * Whether the interval of a ratio, or of a difference, reaches its target while the control's ratio lies within 0.95 to 1.05. Taken to two
 * decimals, as they are shown. Noisy also with fewer than six pairs.
 *
 * @param {Interval | undefined} interval
 * @param {Interval | undefined} control - Of the second untraced worker's ratio to the first.
 * @param {Bound} bound
 * @returns {Verdict}
 */
export function judgeInterval(interval, control, bound) {
  if (interval === undefined || control === undefined) return 'not measured';
  if (interval.count < PAIRS_MIN || !isQuiet(control)) return 'noisy';
  return reaches({ ...interval, low: rounded(interval.low), high: rounded(interval.high) }, bound) ? 'met' : 'missed';
}

/**
 * Whether the control's ratio says that the machine was quiet enough to measure on.
 *
 * @param {Interval} control
 */
function isQuiet({ median }) {
  return isWithin(median, median);
}

/**
 * Whether the control's interval says so as well: then more pairs would not say much more.
 *
 * @param {Interval} control
 */
export function isSettled({ low, high }) {
  return isWithin(low, high);
}

/** @param {number} low @param {number} high */
function isWithin(low, high) {
  return rounded(low) >= CONTROL_RANGE.low && rounded(high) <= CONTROL_RANGE.high;
}

/**
 * Whether a count that hardly varies, such as history events, keeps its bound; noisy when the control, which does the same as the
 * baseline, counts differently by more than 5 %.
 *
 * @param {{ baseline: number | undefined, control: number | undefined, value: number | undefined }} counts
 * @param {number} moreAtMost - How much more than the baseline the value may be.
 * @returns {Verdict}
 */
export function judgeCount({ baseline, control, value }, moreAtMost) {
  if (baseline === undefined || control === undefined || value === undefined) return 'not measured';
  if (Math.abs(control - baseline) > 0.05 * baseline) return 'noisy';
  return value - baseline <= moreAtMost ? 'met' : 'missed';
}

/**
 * Whether memory grows no faster than in an untraced worker, as far as the two intervals can tell.
 *
 * @param {Interval | undefined} slope
 * @param {Interval | undefined} control
 * @returns {Verdict}
 */
export function judgeSlope(slope, control) {
  if (slope === undefined || control === undefined) return 'not measured';
  return slope.low <= control.high ? 'met' : 'missed';
}

/**
 * Whether a number that was simply counted keeps its bound.
 *
 * @param {number | undefined} value
 * @param {Bound} bound
 * @returns {Verdict}
 */
export function judgeValue(value, bound) {
  if (value === undefined) return 'not measured';
  return reaches({ median: value, low: value, high: value, count: 1 }, bound) ? 'met' : 'missed';
}

/**
 * @param {Interval} interval
 * @param {Bound} bound
 */
function reaches(interval, bound) {
  return 'atMost' in bound ? interval.low <= bound.atMost : interval.high >= bound.atLeast;
}

/** @param {number} value */
function rounded(value) {
  return Math.round(value * 100) / 100;
}
