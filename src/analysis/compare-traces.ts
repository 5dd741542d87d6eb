import type { Span } from '../span/span.js';
import { compareText } from './compare-text.js';
import { segmentLengths, walkTrace } from './critical-path.js';
import type { CriticalPathOptions } from './path-model.js';
import { type Step, StepNames, stepPath } from './step-identity.js';

/** One of the two traces. Microseconds. */
export interface ComparedTrace {
  readonly rootName: string;
  readonly micros: number;
  readonly steps: number;
}

/** A step that only one of the traces has, with all below it. */
export interface StepOfOne {
  readonly path: string;
  readonly micros: number;
  /** Steps below, which are not listed by themselves. */
  readonly stepsBelow: number;
}

/** A step that both have, one of them more often. */
export interface RepeatedStep {
  readonly path: string;
  readonly before: number;
  readonly after: number;
}

/** Microseconds of a step in both traces. */
export interface ChangedStep {
  readonly path: string;
  readonly before: number;
  readonly after: number;
}

/** Microseconds of a step on the critical path; `undefined` where the trace lacks the step. */
export interface CriticalChange {
  readonly path: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

export interface TraceComparison {
  readonly before: ComparedTrace;
  readonly after: ComparedTrace;
  readonly added: readonly StepOfOne[];
  readonly removed: readonly StepOfOne[];
  readonly repeated: readonly RepeatedStep[];
  /** By how much they changed, the most first. */
  readonly durations: readonly ChangedStep[];
  readonly becameCritical: readonly CriticalChange[];
  readonly noLongerCritical: readonly CriticalChange[];
  /** Entries that `top` keeps out of the lists. */
  readonly leftOut: {
    readonly added: number;
    readonly removed: number;
    readonly repeated: number;
    readonly durations: number;
    readonly becameCritical: number;
    readonly noLongerCritical: number;
  };
}

const TOP_DEFAULT = 100;

/**
 * How `after` differs from `before`, step by step. A step is known by the names from the root down and its place among its like, so that
 * two runs of the same workflow can be compared.
 *
 * @param before - Spans of one trace; at least one.
 * @param after - Spans of the other; at least one.
 * @returns `undefined` where one of them is empty.
 */
export function compareTraces(
  before: readonly Span[],
  after: readonly Span[],
  options: Pick<CriticalPathOptions, 'lineage' | 'now' | 'top'> = {},
): TraceComparison | undefined {
  if (before.length === 0 || after.length === 0) return undefined;
  const names = new StepNames();
  const old = measured(before, names, options);
  const now = measured(after, names, options);
  const top = Math.max(0, options.top ?? TOP_DEFAULT);

  const added = stepsOfOne(now, old).sort(longestFirst);
  const removed = stepsOfOne(old, now).sort(longestFirst);
  const repeated = repeatedSteps(old, now);
  const durations = [...now.micros]
    .flatMap(([step, micros]) => {
      const earlier = old.micros.get(step);
      return earlier === undefined || earlier === micros ? [] : [{ path: stepPath(step), before: earlier, after: micros }];
    })
    .sort((a, b) => byAmount(Math.abs(b.after - b.before) - Math.abs(a.after - a.before), a, b));
  const becameCritical = criticalOfOne(now, old).map(([step, micros]) => ({
    path: stepPath(step),
    before: old.micros.has(step) ? 0 : undefined,
    after: micros,
  }));
  const noLongerCritical = criticalOfOne(old, now).map(([step, micros]) => ({
    path: stepPath(step),
    before: micros,
    after: now.micros.has(step) ? 0 : undefined,
  }));
  const lists = { added, removed, repeated, durations, becameCritical, noLongerCritical };
  const leftOut = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, Math.max(0, list.length - top)]));
  return {
    before: old.trace,
    after: now.trace,
    added: added.slice(0, top),
    removed: removed.slice(0, top),
    repeated: repeated.slice(0, top),
    durations: durations.slice(0, top),
    becameCritical: becameCritical.slice(0, top),
    noLongerCritical: noLongerCritical.slice(0, top),
    leftOut: leftOut as TraceComparison['leftOut'],
  };
}

interface MeasuredTrace {
  readonly trace: ComparedTrace;
  readonly micros: ReadonlyMap<Step, number>;
  readonly criticalMicros: ReadonlyMap<Step, number>;
}

function measured(
  spans: readonly Span[],
  names: StepNames,
  options: Pick<CriticalPathOptions, 'lineage' | 'now'>,
): MeasuredTrace {
  const { graph, path } = walkTrace(spans, options);
  const steps = names.stepsOf(graph);
  const micros = new Map<Step, number>();
  for (const [at, step] of steps) micros.set(step, (graph.end[at] as number) - (graph.start[at] as number));
  const criticalMicros = new Map<Step, number>();
  const lengths = segmentLengths(path, graph.end[graph.root] as number);
  for (let index = 0; index < lengths.length; index += 1) {
    const step = steps.get(path.span[index] as number);
    const length = lengths[index] as number;
    if (step !== undefined && length > 0) criticalMicros.set(step, (criticalMicros.get(step) ?? 0) + length);
  }
  const root = graph.root;
  const rootName = (graph.spans[root] as Span).name;
  return {
    trace: { rootName, micros: (graph.end[root] as number) - (graph.start[root] as number), steps: steps.size },
    micros,
    criticalMicros,
  };
}

/** Topmost steps of `one` that are not in `other`, but for those that it has only more often. */
function stepsOfOne(one: MeasuredTrace, other: MeasuredTrace): StepOfOne[] {
  const below = new Map<Step, number>();
  // Steps stand with those above before them: from the back each has its count whole when it is added to the one above.
  for (const step of [...one.micros.keys()].toReversed()) {
    if (step.above !== undefined) below.set(step.above, (below.get(step.above) ?? 0) + 1 + (below.get(step) ?? 0));
  }
  const found: StepOfOne[] = [];
  for (const [step, micros] of one.micros) {
    if (other.micros.has(step) || step.above === undefined || !other.micros.has(step.above)) continue;
    if (isRepetition(step, other)) continue;
    found.push({ path: stepPath(step), micros, stepsBelow: below.get(step) ?? 0 });
  }
  return found;
}

function isRepetition(step: Step, other: MeasuredTrace): boolean {
  return step.ordinal > 1 && other.micros.has(step.first);
}

function repeatedSteps(old: MeasuredTrace, now: MeasuredTrace): RepeatedStep[] {
  const before = countsByName(old);
  return [...countsByName(now)]
    .flatMap(([first, after]) => {
      const earlier = before.get(first);
      return earlier === undefined || earlier === after ? [] : [{ path: stepPath(first), before: earlier, after }];
    })
    .sort((a, b) => byAmount(Math.abs(b.after - b.before) - Math.abs(a.after - a.before), a, b));
}

function countsByName({ micros }: MeasuredTrace): Map<Step, number> {
  const counts = new Map<Step, number>();
  for (const { first } of micros.keys()) counts.set(first, (counts.get(first) ?? 0) + 1);
  return counts;
}

/** Steps that are on the path of `one` and not on that of `other`, the longest first. */
function criticalOfOne(one: MeasuredTrace, other: MeasuredTrace): [Step, number][] {
  return [...one.criticalMicros]
    .filter(([step]) => !other.criticalMicros.has(step))
    .sort(([a, aMicros], [b, bMicros]) => (aMicros === bMicros ? compareText(stepPath(a), stepPath(b)) : bMicros - aMicros));
}

function longestFirst(a: StepOfOne, b: StepOfOne): number {
  return byAmount(b.micros - a.micros, a, b);
}

function byAmount(amount: number, a: { readonly path: string }, b: { readonly path: string }): number {
  return amount === 0 ? compareText(a.path, b.path) : amount;
}
