import type { EventSummary } from '../wire/profile-summary.js';
import { unionMicros } from './interval-union.js';

/** All phases of one name, of one task or of several. Microseconds. */
export interface PhaseTotals {
  count: number;
  sum: number;
  /** Of those with a `batch_id`. */
  batchSum: number;
  shortest: number;
  longest: number;
  /** Start and end in turn; kept for network phases only, whose total is a union. */
  readonly intervals: number[];
  /** Start of the earliest, and the row that it came in: what the order of names goes by. */
  firstStart: number;
  firstRow: number;
}

export function noPhases(): PhaseTotals {
  return {
    count: 0,
    sum: 0,
    batchSum: 0,
    shortest: Number.POSITIVE_INFINITY,
    longest: 0,
    intervals: [],
    firstStart: Number.POSITIVE_INFINITY,
    firstRow: 0,
  };
}

/** Totals by name, over the tasks in their order and within a task by first start, then row. */
export function mergeTotals(tasks: readonly ReadonlyMap<string, PhaseTotals>[]): Map<string, PhaseTotals> {
  const merged = new Map<string, PhaseTotals>();
  for (const task of tasks) {
    const names = [...task].sort(([, a], [, b]) =>
      a.firstStart === b.firstStart ? a.firstRow - b.firstRow : a.firstStart - b.firstStart,
    );
    for (const [name, totals] of names) {
      let into = merged.get(name);
      if (into === undefined) merged.set(name, (into = noPhases()));
      into.count += totals.count;
      into.sum += totals.sum;
      into.batchSum += totals.batchSum;
      into.shortest = Math.min(into.shortest, totals.shortest);
      into.longest = Math.max(into.longest, totals.longest);
      for (const time of totals.intervals) into.intervals.push(time);
    }
  }
  return merged;
}

/** Compute phases: the total is the sum of those with a batch. */
export function hardwareSummary(totals: ReadonlyMap<string, PhaseTotals>): EventSummary {
  return summarize(totals, ({ batchSum }) => batchSum);
}

/** Network phases: the total is the time that at least one of them took. */
export function networkSummary(totals: ReadonlyMap<string, PhaseTotals>): EventSummary {
  return summarize(totals, ({ intervals }) => unionMicros(intervals));
}

/** Time that at least one phase of any name took, in seconds. */
export function totalNetworkSeconds(totals: ReadonlyMap<string, PhaseTotals>): number {
  const all: number[] = [];
  for (const { intervals } of totals.values()) for (const time of intervals) all.push(time);
  return seconds(unionMicros(all));
}

/** The sums are of integers, and divided once: no error of adding floats is in them. */
export function seconds(micros: number): number {
  return micros / 1_000_000;
}

function summarize(totals: ReadonlyMap<string, PhaseTotals>, totalOf: (phases: PhaseTotals) => number): EventSummary {
  const phases = [...totals.values()];
  return {
    event_type: [...totals.keys()],
    count: phases.map(({ count }) => count),
    total_seconds: phases.map((one) => seconds(totalOf(one))),
    avg_seconds: phases.map(({ sum, count }) => seconds(sum) / count),
    min_seconds: phases.map(({ shortest }) => seconds(shortest)),
    max_seconds: phases.map(({ longest }) => seconds(longest)),
  };
}
