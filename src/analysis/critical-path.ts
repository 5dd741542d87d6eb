import type { Span } from '../span/span.js';
import { findDependencies } from './path-dependencies.js';
import type { CriticalPath, CriticalPathOptions, DetachedSpan, PathContributor, PathSegment, SegmentType } from './path-model.js';
import { SEGMENT_TYPES } from './path-model.js';
import { type WalkedPath, walkPath } from './path-walk.js';
import { buildGraph, type SpanGraph } from './span-graph.js';
import { indexSpans } from './span-index.js';
import { compareText } from './compare-text.js';
import { isOperation } from './span-traits.js';
import { topBy } from './top-by.js';

const TOP_DEFAULT = 100;

/**
 * Where the time of a trace's root went: the chain of what was waited for, each stretch with its type.
 *
 * @param spans - Of one trace, in any order; of a span that is here twice, the greater event counts.
 * @returns `undefined` where there are no spans.
 */
export function findCriticalPath(spans: readonly Span[], options: CriticalPathOptions = {}): CriticalPath | undefined {
  if (spans.length === 0) return undefined;
  const walked = walkTrace(spans, options);
  return report(walked, options.top ?? TOP_DEFAULT);
}

/** A trace that was walked, before it is reported. */
export interface WalkedTrace {
  readonly graph: SpanGraph;
  readonly path: WalkedPath;
}

/** @param spans - At least one. */
export function walkTrace(spans: readonly Span[], { rootId, now, lineage }: CriticalPathOptions): WalkedTrace {
  const latest = latestTime(spans);
  const nowMicros = Math.max(now ?? latest, latest);
  const graph = buildGraph(indexSpans(spans, rootId, nowMicros), nowMicros);
  return { graph, path: walkPath(graph, findDependencies(graph, lineage ?? [])) };
}

function latestTime(spans: readonly Span[]): number {
  let latest = Number.NEGATIVE_INFINITY;
  for (const { startTime, endTime, events } of spans) {
    latest = Math.max(latest, startTime, endTime ?? startTime);
    for (const { time } of events) if (endTime === undefined) latest = Math.max(latest, time);
  }
  return latest;
}

function report({ graph, path }: WalkedTrace, top: number): CriticalPath {
  const { spans, root, isRootMadeUp, clampedSpans, unreachedSpans } = graph;
  const startTime = graph.start[root] as number;
  const endTime = graph.end[root] as number;
  const lengths = segmentLengths(path, endTime);
  const contributors = contributorsOf(graph, path, lengths);
  const shownContributors = contributors.slice(0, top);
  const shown = topBy(lengths, top, true);
  const { detached, count: detachedCount } = detachedOf(graph, top);
  const totals = Object.fromEntries(SEGMENT_TYPES.map((type) => [type, 0])) as Record<SegmentType, number>;
  for (let index = 0; index < lengths.length; index += 1) totals[path.type[index] as SegmentType] += lengths[index] as number;
  const segments = shown.map((index) => segmentAt(graph, path, index, lengths[index] as number));
  const shownMicros = segments.reduce((total, segment) => total + segment.endTime - segment.startTime, 0);
  const rootSpan = spans[root] as Span;
  return {
    root: { spanId: isRootMadeUp ? undefined : rootSpan.spanId, name: rootSpan.name },
    startTime,
    endTime,
    isProvisional: path.isOnPath.some((isOnPath, index) => isOnPath === 1 && (spans[index] as Span).endTime === undefined),
    totals,
    segments,
    contributors: shownContributors,
    detached,
    leftOut: {
      segments: lengths.length - segments.length,
      segmentsMicros: endTime - startTime - shownMicros,
      contributors: contributors.length - shownContributors.length,
      contributorsMicros: endTime - startTime - shownContributors.reduce((total, { micros }) => total + micros, 0),
      detached: detachedCount - detached.length,
    },
    clampedSpans,
    unreachedSpans,
  };
}

/** Microseconds of each segment, in the path's own order, which is from the end to the start. */
export function segmentLengths(path: WalkedPath, endTime: number): Float64Array {
  const lengths = new Float64Array(path.from.length);
  let to = endTime;
  for (let index = 0; index < lengths.length; index += 1) {
    const from = path.from[index] as number;
    lengths[index] = to - from;
    to = from;
  }
  return lengths;
}

function segmentAt({ spans }: SpanGraph, path: WalkedPath, index: number, length: number): PathSegment {
  const { spanId, name, type: spanType } = spans[path.span[index] as number] as Span;
  const from = path.from[index] as number;
  const via = path.via[index];
  return {
    spanId,
    name,
    spanType,
    type: path.type[index] as SegmentType,
    startTime: from,
    endTime: from + length,
    ...(via === undefined ? {} : { via }),
  };
}

type Contributor = { -readonly [Key in keyof PathContributor]: PathContributor[Key] } & {
  byType: Partial<Record<SegmentType, number>>;
};

function contributorsOf({ spans }: SpanGraph, path: WalkedPath, lengths: Float64Array): PathContributor[] {
  const byName = new Map<string, Contributor[]>();
  const isCounted = new Uint8Array(spans.length);
  for (let index = 0; index < lengths.length; index += 1) {
    const at = path.span[index] as number;
    const length = lengths[index] as number;
    const one = contributorOf(byName, spans[at] as Span);
    if (isCounted[at] === 0) {
      isCounted[at] = 1;
      one.spans += 1;
    }
    if (length === 0) continue;
    const type = path.type[index] as SegmentType;
    one.micros += length;
    one.byType[type] = (one.byType[type] ?? 0) + length;
  }
  return [...byName.values()].flat().sort((a, b) => (b.micros === a.micros ? compareText(a.name, b.name) : b.micros - a.micros));
}

function contributorOf(byName: Map<string, Contributor[]>, { name, type: spanType }: Span): Contributor {
  const known = byName.get(name);
  const found = known?.find((one) => one.spanType === spanType);
  if (found !== undefined) return found;
  const made: Contributor = { name, spanType, spans: 0, micros: 0, byType: {} };
  if (known === undefined) byName.set(name, [made]);
  else known.push(made);
  return made;
}

function detachedOf({ spans, end, up, isReached, root }: SpanGraph, top: number): { detached: DetachedSpan[]; count: number } {
  const found: number[] = [];
  for (let at = 0; at < spans.length; at += 1) {
    // An operation goes on with the next run.
    if (at === root || isReached[at] === 0 || isOperation(spans[at] as Span)) continue;
    if ((end[at] as number) > (end[up[at] as number] as number)) found.push(at);
  }
  const outlives = (at: number): number => (end[at] as number) - (end[up[at] as number] as number);
  found.sort((a, b) => {
    const byLength = outlives(b) - outlives(a);
    return byLength === 0 ? compareText((spans[a] as Span).spanId, (spans[b] as Span).spanId) : byLength;
  });
  const detached = found.slice(0, Math.max(0, top)).map((at) => {
    const { spanId, name, status } = spans[at] as Span;
    return { spanId, name, status, outlivesByMicros: outlives(at) };
  });
  return { detached, count: found.length };
}
