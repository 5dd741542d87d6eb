/**
 * An estimate with its 95 % interval.
 *
 * @typedef {{ median: number, low: number, high: number, count: number }} Interval
 */

const RESAMPLES = 2_000;
const BOOTSTRAP_SEED = 20_240_607;

/**
 * The middle value; of an even number of values the mean of the two in the middle.
 *
 * @param {readonly number[]} values - At least one.
 * @returns {number} `NaN` of none.
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * The value below which the share `fraction` of `values` lies, by linear interpolation.
 *
 * @param {readonly number[]} values
 * @param {number} fraction - 0 to 1.
 * @returns {number} `NaN` of none.
 */
export function quantile(values, fraction) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * The median of `values` with its bootstrap interval: the middle 95 % of the medians of resamples. The same values give the same
 * interval.
 *
 * @param {readonly number[]} values
 * @returns {Interval | undefined} `undefined` of no values.
 */
export function medianInterval(values) {
  if (values.length === 0) return undefined;
  const random = seededRandom(BOOTSTRAP_SEED);
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN)),
  );
  return { median: median(values), low: quantile(medians, 0.025), high: quantile(medians, 0.975), count: values.length };
}

/**
 * The slope of the straight line through `points` that fits best, with its interval (normal approximation).
 *
 * @param {readonly { x: number, y: number }[]} points - At least three of different `x`.
 * @returns {Interval | undefined} `undefined` of fewer.
 */
export function slopeInterval(points) {
  const count = points.length;
  if (count < 3) return undefined;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / count;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / count;
  const spreadX = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (spreadX === 0) return undefined;
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spreadX;
  const residual = points.reduce((sum, { x, y }) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  const error = Math.sqrt(residual / (count - 2) / spreadX);
  return { median: slope, low: slope - 1.96 * error, high: slope + 1.96 * error, count };
}

/**
 * Numbers in [0, 1) that are the same for the same seed (mulberry32).
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * `list` in an order that `random` draws; every order is as likely.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {() => number} random
 * @returns {T[]}
 */
export function shuffled(list, random) {
  const keyed = list.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
