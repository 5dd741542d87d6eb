import type { Span } from '../span/span.js';
import { compareText } from './compare-text.js';
import type { SpanGraph } from './span-graph.js';

/** The step that a span is, in every run of the same code. */
export interface Step {
  /** The step above; `undefined` for the root. */
  readonly above: Step | undefined;
  readonly name: string;
  /** Number among the steps of this name under the same step, from 1, by start, then end. */
  readonly ordinal: number;
  /** The first of this name under the same step; of a first, itself. */
  readonly first: Step;
}

class NamedStep implements Step {
  readonly first: Step;

  constructor(
    readonly above: Step | undefined,
    readonly name: string,
    readonly ordinal: number,
    first?: Step,
  ) {
    this.first = first ?? this;
  }
}

/**
 * Gives the same `Step` object for the same step of several traces: same names from the root down, same place among its like.
 *
 * Ids play no part: they are of one run. Roots are taken for the same step whatever they are called.
 */
export class StepNames {
  private readonly root: Step = new NamedStep(undefined, '', 1);
  private readonly below = new Map<Step, Map<string, Step[]>>();

  /** The step of each span that the root leads to, by its number. O(n log n). */
  stepsOf(graph: SpanGraph): ReadonlyMap<number, Step> {
    const steps = new Map<number, Step>([[graph.root, this.root]]);
    // A map is gone through in the order of its entries, those that are added on the way too: parents before their children.
    for (const [at, step] of steps) {
      const children = Array.from(graph.childList.subarray(graph.childFrom[at], graph.childFrom[at + 1]));
      children.sort((a, b) => compareSiblings(graph, a, b));
      const counts = new Map<string, number>();
      for (const child of children) {
        if (steps.has(child)) continue;
        const { name } = graph.spans[child] as Span;
        const ordinal = (counts.get(name) ?? 0) + 1;
        counts.set(name, ordinal);
        steps.set(child, this.step(step, name, ordinal));
      }
    }
    return steps;
  }

  private step(above: Step, name: string, ordinal: number): Step {
    let names = this.below.get(above);
    if (names === undefined) this.below.set(above, (names = new Map<string, Step[]>()));
    let known = names.get(name);
    if (known === undefined) names.set(name, (known = []));
    // Numbers are given in order, so that the list has no gap.
    return (known[ordinal - 1] ??= new NamedStep(above, name, ordinal, known[0]));
  }
}

/** `activity read#2 / attempt read`: the names below the root, `#2` the second of its name. */
export function stepPath(step: Step): string {
  const names: string[] = [];
  for (let at: Step | undefined = step; at?.above !== undefined; at = at.above) {
    names.push(at.ordinal === 1 ? at.name : `${at.name}#${at.ordinal}`);
  }
  return names.length === 0 ? '(root)' : names.toReversed().join(' / ');
}

// Of steps that start together the shorter is first: ids would pair them by chance.
function compareSiblings({ spans, start, end }: SpanGraph, a: number, b: number): number {
  const byStart = (start[a] as number) - (start[b] as number);
  if (byStart !== 0) return byStart;
  const byEnd = (end[a] as number) - (end[b] as number);
  return byEnd === 0 ? compareText((spans[a] as Span).spanId, (spans[b] as Span).spanId) : byEnd;
}
