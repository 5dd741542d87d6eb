/** Spans of time as pairs: start, end, start, end, …; in any order. Microseconds. */
export type Intervals = readonly number[];

/** Time that at least one of the intervals takes. Those that overlap or touch count once. */
export function unionMicros(intervals: Intervals): number {
  const order = Array.from({ length: intervals.length / 2 }, (_, index) => index * 2);
  order.sort((a, b) => (intervals[a] as number) - (intervals[b] as number));
  let total = 0;
  let coveredTo = Number.NEGATIVE_INFINITY;
  for (const at of order) {
    const start = intervals[at] as number;
    const end = intervals[at + 1] as number;
    if (end <= coveredTo) continue;
    total += end - Math.max(start, coveredTo);
    coveredTo = end;
  }
  return total;
}
