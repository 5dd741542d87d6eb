import type { Span } from '../span/span.js';
import { typeGap } from './gap-type.js';
import type { Dependency } from './path-dependencies.js';
import type { EdgeKind, SegmentType } from './path-model.js';
import type { SpanGraph } from './span-graph.js';
import { NONE } from './span-index.js';
import { isCanceledTimer, isMessageHandler, isOperation } from './span-traits.js';

/** The path from its end to its start, as lists side by side. */
export interface WalkedPath {
  /** Each segment ends where the one before it in the list starts; the first at the root's end. */
  readonly from: number[];
  readonly span: number[];
  readonly type: SegmentType[];
  /** How the segment before it in the list, which is later, follows from this one. */
  readonly via: (EdgeKind | undefined)[];
  /** 1 for spans that the path goes through. */
  readonly isOnPath: Uint8Array;
}

/**
 * Walks from the root's end to its start, always to what was waited for last.
 *
 * The walk stands at a span and a time. It looks for the latest end below the span, not after that time: what lies between is the
 * span's own, and the walk goes on at that end, in the child. Where nothing is left below, the rest down to the span's start is its own,
 * and the walk goes on with what the start depended on: another branch, else the span above, at that time.
 *
 *   root   |==1==|              |==4==|        own time of the root, before it started and after it had joined
 *   a            |==2==|        :
 *   b              |---|==3=====|              b ended last; when it went on, it had waited for a
 *
 * Time only falls, each child is looked at once by its parent, and a span whose start was reached is not stood at again, so that it
 * takes O(n) steps and ends on whatever it is given. There is no recursion.
 */
export function walkPath(graph: SpanGraph, dependencies: ReadonlyMap<number, readonly Dependency[]>): WalkedPath {
  const { spans, start, end, up, root } = graph;
  const path: WalkedPath = { from: [], span: [], type: [], via: [], isOnPath: new Uint8Array(spans.length) };
  const nextPlace = graph.childFrom.slice(0, -1);
  /** 1: its end was entered, or its start was reached. */
  const isSeen = new Uint8Array(spans.length);
  /** Of a span whose start was reached: one above it. Followed, and shortened on the way, to the nearest that is not yet done. */
  const skip = new Int32Array(spans.length).fill(NONE);

  let at = root;
  let time = end[root] as number;
  let after = NONE;
  let via: EdgeKind | undefined;
  isSeen[root] = 1;

  const emit = (from: number, type: SegmentType): void => {
    path.from.push(from);
    path.span.push(at);
    path.type.push(type);
    path.via.push(via);
    path.isOnPath[at] = 1;
    via = undefined;
  };
  /** The latest end below `span` at or before `time`; what is passed over is after `time` for good. */
  const latestBelow = (span: number, isAfterMessage: boolean): number => {
    const to = graph.childFrom[span + 1] as number;
    for (let place = nextPlace[span] as number; place < to; place += 1) {
      const child = graph.childList[place] as number;
      const childEnd = end[child] as number;
      if (childEnd <= time && isSeen[child] === 0) {
        const childSpan = spans[child] as Span;
        // What a message canceled at that very moment was not waited for; nor is a timer that did not fire, or what only looks on.
        const isMoot =
          isCanceledTimer(childSpan) ||
          isOperation(childSpan) ||
          (isAfterMessage && childEnd === time && childSpan.status === 'CANCELED');
        if (!isMoot) {
          nextPlace[span] = place;
          return child;
        }
      }
    }
    nextPlace[span] = to;
    return NONE;
  };
  const undone = (span: number): number => {
    let found = span;
    while (skip[found] !== NONE) {
      const above = skip[found] as number;
      if (skip[above] !== NONE) skip[found] = skip[above] as number;
      found = above;
    }
    return found;
  };

  for (;;) {
    const isAfterMessage = after !== NONE && isMessageHandler(spans[after] as Span);
    const child = latestBelow(at, isAfterMessage);
    const from = child === NONE ? (start[at] as number) : (end[child] as number);
    if (from < time) typeGap(graph, { at, from, to: time, before: child, after }, emit);
    else if (child === NONE && path.isOnPath[at] === 0 && start[at] === end[at]) emit(from, ownType(graph, at));
    time = from;
    path.isOnPath[at] = 1;
    if (child !== NONE) {
      isSeen[child] = 1;
      via ??= (spans[child] as Span).type === 'timer' ? 'timer' : 'completion';
      at = child;
      after = NONE;
      continue;
    }
    if (at === root) return path;
    isSeen[at] = 1;
    const above = undone(up[at] as number);
    const cause = chooseCause(at, above);
    skip[at] = above;
    if (cause === undefined) {
      via ??= (spans[at] as Span).type === 'workflow' ? 'child_start' : 'scheduled_by';
      after = at;
      at = above;
      continue;
    }
    const entry = Math.min(end[cause.from] as number, time);
    // It was ready to start, and had not yet.
    if (entry < time) emit(entry, cause.kind === 'link' ? 'unknown' : 'queue');
    via = cause.kind;
    time = entry;
    isSeen[cause.from] = 1;
    at = cause.from;
    after = NONE;
  }

  function idOf(span: number): string {
    return (spans[span] as Span).spanId;
  }

  function chooseCause(of: number, above: number): Dependency | undefined {
    let best: Dependency | undefined;
    let bestTime = Number.NEGATIVE_INFINITY;
    for (const dependency of dependencies.get(of) ?? []) {
      const { from, isByStart, isSole } = dependency;
      const isPossible = isByStart ? (start[from] as number) <= time : (end[from] as number) <= time;
      if (!isPossible || isSeen[from] === 1) continue;
      const moment = isSole ? Number.POSITIVE_INFINITY : (end[from] as number);
      if (moment > bestTime || (moment === bestTime && best !== undefined && idOf(from) < idOf(best.from))) {
        best = dependency;
        bestTime = moment;
      }
    }
    if (best === undefined || best.isSole) return best;
    // The tree knows what its parent did last before it started the span: if that came later, it was not the data that was waited for.
    const last = latestBelow(above, false);
    const treeTime = last === NONE ? (start[above] as number) : (end[last] as number);
    return bestTime >= treeTime ? best : undefined;
  }
}

function ownType(graph: SpanGraph, at: number): SegmentType {
  const { type } = graph.spans[at] as Span;
  if (type === 'timer') return 'timer';
  return graph.isInWorkflow[at] === 1 ? 'unknown' : 'active';
}
