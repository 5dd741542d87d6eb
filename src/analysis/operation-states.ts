import type { Span } from '../span/span.js';
import type { SegmentType } from './path-model.js';
import { NONE } from './span-index.js';
import { isOperation } from './span-traits.js';

/** What an operation's state says of the time that it lasts, where it says anything. */
const STATE_TYPES: Readonly<Record<string, SegmentType>> = { QUEUED: 'queue', RETRYING: 'backoff', RECLAIMED: 'reclaim' };

/** A stretch in which an operation was in such a state. Microseconds since the epoch. */
export interface StateStretch {
  readonly from: number;
  readonly to: number;
  readonly type: SegmentType;
}

/**
 * By run, when its operations were queued, backed off or were reclaimed, in order of time and without overlap.
 *
 * @param runOf - Of each span the run that it is part of.
 */
export function operationStates(spans: readonly Span[], runOf: Int32Array, end: Float64Array): Map<number, StateStretch[]> {
  const found = new Map<number, StateStretch[]>();
  for (let at = 0; at < spans.length; at += 1) {
    const span = spans[at] as Span;
    const run = runOf[at] as number;
    if (run === NONE || !isOperation(span)) continue;
    const known = found.get(run) ?? [];
    known.push(...stretchesOf(span, end[at] as number));
    found.set(run, known);
  }
  for (const [run, stretches] of found) found.set(run, withoutOverlap(stretches));
  return found;
}

function stretchesOf(operation: Span, end: number): StateStretch[] {
  const steps = operation.events
    .filter(({ name }) => name === 'everspan.operation.transition')
    .toSorted((a, b) => a.time - b.time);
  return steps.flatMap(({ time, attributes }, index) => {
    const type = STATE_TYPES[String(attributes?.['everspan.operation.to'])];
    return type === undefined ? [] : [{ from: time, to: steps[index + 1]?.time ?? end, type }];
  });
}

// Of two operations of one run the one that came to its state first is believed.
function withoutOverlap(stretches: readonly StateStretch[]): StateStretch[] {
  const kept: StateStretch[] = [];
  let coveredTo = Number.NEGATIVE_INFINITY;
  for (const { from, to, type } of stretches.toSorted((a, b) => (a.from === b.from ? a.to - b.to : a.from - b.from))) {
    if (to <= coveredTo) continue;
    kept.push({ from: Math.max(from, coveredTo), to, type });
    coveredTo = to;
  }
  return kept;
}
