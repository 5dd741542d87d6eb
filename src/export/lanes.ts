import type { Span } from '../span/span.js';
import type { SpanNode } from './span-tree.js';

/** A span and the lane, from 0, that it is drawn on. */
export interface SpanLane {
  readonly span: Span;
  readonly lane: number;
}

/**
 * A lane for each span, so that of two on one lane either one lies within the other, or they do not touch but at their ends.
 *
 *   lane 0 |--- parent -------------------|
 *   lane 0   |-- child --|   |- child -|        within the parent, one after the other: same lane
 *   lane 1        |-- sibling at once --|       crosses a child: a lane of its own
 *   lane 2                        |-- outlives the parent --|
 *
 * @param lastMicros - Where open spans are drawn to.
 * @returns In drawing order: by start, a span before those within it.
 */
export function assignLanes(roots: readonly SpanNode[], lastMicros: number): SpanLane[] {
  const drawn = drawingOrder(roots, lastMicros);
  const lanes: Lane[] = [];
  const free = new FreeLanes();
  const laneOf = new Map<Span, Lane>();
  return drawn.map(({ span, parent, endMicros }) => {
    const own = parent === undefined ? undefined : laneOf.get(parent);
    let lane = own?.endsWithin(parent, span.startTime, endMicros) === true ? own : undefined;
    if (lane === undefined) {
      lane = free.take(span.startTime) ?? newLane(lanes);
      lane.restart(endMicros);
      free.put(lane);
    }
    lane.open(span, endMicros);
    laneOf.set(span, lane);
    return { span, lane: lane.index };
  });
}

function newLane(lanes: Lane[]): Lane {
  const lane = new Lane(lanes.length);
  lanes.push(lane);
  return lane;
}

interface DrawnSpan {
  readonly span: Span;
  readonly parent: Span | undefined;
  readonly endMicros: number;
}

// By start; of those that start together the longer first, then as the tree has them, parents before children.
function drawingOrder(roots: readonly SpanNode[], lastMicros: number): DrawnSpan[] {
  const drawn: DrawnSpan[] = [];
  const pending: { node: SpanNode; parent: Span | undefined }[] = roots.toReversed().map((node) => ({ node, parent: undefined }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { span, children } = next.node;
    drawn.push({ span, parent: next.parent, endMicros: Math.max(span.startTime, span.endTime ?? lastMicros) });
    for (const node of children.toReversed()) pending.push({ node, parent: span });
  }
  return drawn.sort((a, b) =>
    a.span.startTime === b.span.startTime ? b.endMicros - a.endMicros : a.span.startTime - b.span.startTime,
  );
}

/** What is drawn on one lane at the moment: spans, each within the one before. */
class Lane {
  readonly index: number;
  /** When the outermost span ends. */
  freeAtMicros = 0;
  readonly #open: { readonly span: Span; readonly endMicros: number }[] = [];

  constructor(index: number) {
    this.index = index;
  }

  /** Whether `parent` is the innermost span at that time, and lasts as long. */
  endsWithin(parent: Span | undefined, startMicros: number, endMicros: number): boolean {
    for (
      let top = this.#open.at(-1);
      top !== undefined && top.span !== parent && top.endMicros <= startMicros;
      top = this.#open.at(-1)
    ) {
      this.#open.pop();
    }
    const top = this.#open.at(-1);
    return top !== undefined && top.span === parent && top.endMicros >= endMicros;
  }

  restart(freeAtMicros: number): void {
    this.#open.length = 0;
    this.freeAtMicros = freeAtMicros;
  }

  open(span: Span, endMicros: number): void {
    this.#open.push({ span, endMicros });
  }
}

/** Lanes by when they get free: a binary heap, so that 100,000 spans at once do not take 100,000² steps. A lane is in it once. */
class FreeLanes {
  readonly #heap: Lane[] = [];

  /** Takes the lane that gets free first, if it is free at `startMicros`. */
  take(startMicros: number): Lane | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.freeAtMicros > startMicros) return undefined;
    const last = this.#heap.pop() as Lane;
    if (this.#heap.length > 0) this.#sink(last);
    return first;
  }

  put(lane: Lane): void {
    const heap = this.#heap;
    let index = heap.length;
    for (let above = (index - 1) >> 1; index > 0 && isLater(heap[above] as Lane, lane); above = (index - 1) >> 1) {
      heap[index] = heap[above] as Lane;
      index = above;
    }
    heap[index] = lane;
  }

  // From the top down: `lane` goes below every lane that gets free before it.
  #sink(lane: Lane): void {
    const heap = this.#heap;
    let index = 0;
    for (let below = 1; below < heap.length; below = index * 2 + 1) {
      if (below + 1 < heap.length && isLater(heap[below] as Lane, heap[below + 1] as Lane)) below += 1;
      if (!isLater(lane, heap[below] as Lane)) break;
      heap[index] = heap[below] as Lane;
      index = below;
    }
    heap[index] = lane;
  }
}

function isLater(a: Lane, b: Lane): boolean {
  return a.freeAtMicros > b.freeAtMicros || (a.freeAtMicros === b.freeAtMicros && a.index > b.index);
}
