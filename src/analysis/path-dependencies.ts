import type { Span } from '../span/span.js';
import type { EdgeKind, LineageEdgeOf } from './path-model.js';
import type { SpanGraph } from './span-graph.js';
import { NONE } from './span-index.js';
import { DATA_ID, isMessageHandler, textAttribute } from './span-traits.js';

/** Something of another branch that a span's start depended on. */
export interface Dependency {
  readonly from: number;
  readonly kind: EdgeKind;
  /** True: the span's start follows a moment within `from`. False: it follows the end of `from`. */
  readonly isByStart: boolean;
  /** True: nothing else started the span. False: it is believed where it came later than what the tree knows. */
  readonly isSole: boolean;
}

const READY_SPAN = 'dump to storage';
const TASK_SPAN = 'task';

/** What each span's start depended on besides its parent. Most have nothing, and are not in the answer. */
export function findDependencies(graph: SpanGraph, lineage: readonly LineageEdgeOf[]): Map<number, Dependency[]> {
  const found = new Map<number, Dependency[]>();
  const add = (to: number, dependency: Dependency): void => {
    if (dependency.from === to || graph.isReached[dependency.from] === 0 || graph.isReached[to] === 0) return;
    const known = found.get(to);
    if (known === undefined) found.set(to, [dependency]);
    else known.push(dependency);
  };
  for (let at = 0; at < graph.spans.length; at += 1) {
    const span = graph.spans[at] as Span;
    const starter = graph.starter[at] as number;
    if (starter !== NONE) {
      add(at, { from: starter, kind: isMessageHandler(span) ? 'signal' : 'started_by', isByStart: true, isSole: true });
    }
    for (const { traceId, spanId, attributes } of span.links) {
      const from = traceId === span.traceId ? graph.byId.get(spanId) : undefined;
      if (from === undefined) continue;
      const isRunBefore = attributes?.['everspan.link'] !== undefined;
      add(at, { from, kind: isRunBefore ? 'continued_from' : 'link', isByStart: isRunBefore, isSole: isRunBefore });
    }
  }
  if (lineage.length > 0) addLineage(graph, lineage, add);
  return found;
}

/** Data is ready with the latest `dump to storage` of its id, else with its task; who reads it is the task of the other id. */
function addLineage(
  graph: SpanGraph,
  lineage: readonly LineageEdgeOf[],
  add: (to: number, dependency: Dependency) => void,
): void {
  const readers = new Map<string, number>();
  const makers = new Map<string, number>();
  for (let at = 0; at < graph.spans.length; at += 1) {
    if (graph.isReached[at] === 0) continue;
    const span = graph.spans[at] as Span;
    const dataId = textAttribute(span, DATA_ID);
    if (dataId === undefined) continue;
    if (isBetterReader(graph, at, readers.get(dataId))) readers.set(dataId, at);
    if (isBetterMaker(graph, at, makers.get(dataId))) makers.set(dataId, at);
  }
  for (const { dataId, sourceDataId } of lineage) {
    const to = readers.get(dataId);
    const from = makers.get(sourceDataId);
    if (to !== undefined && from !== undefined) add(to, { from, kind: 'lineage', isByStart: false, isSole: false });
  }
}

function isBetterReader(graph: SpanGraph, at: number, known: number | undefined): boolean {
  if (known === undefined) return true;
  const isTask = (graph.spans[at] as Span).name === TASK_SPAN;
  if (isTask !== ((graph.spans[known] as Span).name === TASK_SPAN)) return isTask;
  const byStart = (graph.start[at] as number) - (graph.start[known] as number);
  return byStart === 0 ? hasLowerId(graph, at, known) : byStart < 0;
}

function isBetterMaker(graph: SpanGraph, at: number, known: number | undefined): boolean {
  if (known === undefined) return true;
  const rank = makerRank(graph.spans[at] as Span) - makerRank(graph.spans[known] as Span);
  if (rank !== 0) return rank > 0;
  const byEnd = (graph.end[at] as number) - (graph.end[known] as number);
  return byEnd === 0 ? hasLowerId(graph, at, known) : byEnd > 0;
}

function hasLowerId({ spans }: SpanGraph, a: number, b: number): boolean {
  return (spans[a] as Span).spanId < (spans[b] as Span).spanId;
}

function makerRank({ name }: Span): number {
  if (name === READY_SPAN) return 2;
  return name === TASK_SPAN ? 1 : 0;
}
