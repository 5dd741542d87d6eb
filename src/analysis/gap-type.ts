import type { Span } from '../span/span.js';
import type { StateStretch } from './operation-states.js';
import type { SegmentType } from './path-model.js';
import type { SpanGraph } from './span-graph.js';
import { NONE } from './span-index.js';
import {
  ASYNC_COMPLETION,
  ATTEMPT_SCHEDULED_TIME,
  isActivity,
  isMessageHandler,
  isQueueMarker,
  timeAttribute,
} from './span-traits.js';

/** A stretch in which a span ran none of those below it. */
export interface Gap {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  /** The span below that ended where the gap begins; `NONE` where it begins with the span itself. */
  readonly before: number;
  /** The span below that started where the gap ends; `NONE` where it ends with the span itself. */
  readonly after: number;
}

/**
 * What a gap was spent on, as pieces from its end to its start.
 *
 * @param emit - Called with each piece's start and type; it ends where the piece before began, the first at `gap.to`.
 */
export function typeGap(graph: SpanGraph, gap: Gap, emit: (from: number, type: SegmentType) => void): void {
  const span = graph.spans[gap.at] as Span;
  if (isActivity(span)) {
    typeActivityGap(graph, span, gap, emit);
    return;
  }
  const type = plainType(graph, span, gap);
  const states = type === 'unknown' || type === 'waiting' ? graph.operationStates.get(graph.runOf[gap.at] as number) : undefined;
  if (states !== undefined) emitStates(states, gap, type, emit);
  else emit(gap.from, type);
}

/**
 * What nothing else explains is what the run's operation says; between its states it stays what it was.
 *
 *   gap         |------------------|
 *   operation       |--QUEUED--|
 *               unknown  queue  unknown
 */
function emitStates(
  states: readonly StateStretch[],
  { from, to }: Gap,
  type: SegmentType,
  emit: (from: number, type: SegmentType) => void,
): void {
  let end = to;
  for (const state of states.toReversed()) {
    const stateTo = Math.min(state.to, end);
    const stateFrom = Math.max(state.from, from);
    if (stateFrom >= stateTo) continue;
    if (stateTo < end) emit(stateTo, type);
    emit(stateFrom, state.type);
    end = stateFrom;
  }
  if (end > from) emit(from, type);
}

function plainType(graph: SpanGraph, span: Span, { at, before, after }: Gap): SegmentType {
  if (before !== NONE && after !== NONE && isQueueMarker(graph.spans[before] as Span)) return 'queue';
  switch (span.type) {
    case 'timer':
      return 'timer';
    case 'child_workflow':
    case 'nexus_operation':
      return callType(graph, span, before, after);
    case 'trace':
      return 'unknown';
    default:
      return graph.isInWorkflow[at] === 1 && span.type !== 'signal' ? workflowType(graph, span, before, after) : 'active';
  }
}

/**
 * A call to what runs elsewhere.
 *
 *   call   |-----------------------------|
 *   run        |---------------|
 *          queue               queue: the news waits for the caller's worker
 */
function callType(graph: SpanGraph, call: Span, before: number, after: number): SegmentType {
  if (before === NONE && after === NONE) return 'unknown';
  if (before === NONE) return 'queue';
  // A handler that is called again had failed; one that started something to be done later has no result yet.
  if ((graph.spans[before] as Span).type === 'nexus_handler') return after === NONE ? handlerTail(call) : 'backoff';
  return 'queue';
}

function handlerTail(call: Span): SegmentType {
  return call.type === 'nexus_operation' && call.endTime === undefined ? 'unknown' : 'queue';
}

/**
 * A workflow's code takes none of its own clock's time: between two events it waits.
 *
 *   workflow |---------------------------------------------|
 *   steps        |------||------|             ^
 *            queue       (nothing)   waiting  a message came
 */
function workflowType(graph: SpanGraph, span: Span, before: number, after: number): SegmentType {
  if (after !== NONE && isMessageHandler(graph.spans[after] as Span)) return 'waiting';
  if (after === NONE) {
    // Open, and nothing under way: only a message can move it on.
    if (span.endTime === undefined) return 'waiting';
    return 'unknown';
  }
  return before === NONE && span.type === 'workflow' ? 'queue' : 'unknown';
}

/**
 *   activity   |--------------------------------------------------------------|
 *   attempts            |--1--|                        |--2--|
 *              queue          backoff    scheduled queue     queue: the news waits for the workflow's worker
 *
 *   attempts                                           |--2--|            the first left no span: its worker is gone
 *              reclaim                   scheduled queue
 */
function typeActivityGap(
  graph: SpanGraph,
  activity: Span,
  { from, to, before, after }: Gap,
  emit: (from: number, type: SegmentType) => void,
): void {
  const last = before === NONE ? undefined : (graph.spans[before] as Span);
  const next = after === NONE ? undefined : (graph.spans[after] as Span);
  if (next === undefined) {
    emit(from, activityTail(activity, last));
    return;
  }
  if (next.type !== 'attempt') {
    emit(from, last === undefined ? 'queue' : 'unknown');
    return;
  }
  const isFirst = next.attempt <= 1;
  const scheduledTime = timeAttribute(next, ATTEMPT_SCHEDULED_TIME);
  const split = isFirst ? from : Math.min(to, Math.max(from, scheduledTime ?? to));
  if (split < to) emit(split, 'queue');
  if (isFirst || from === split) {
    if (split === to) emit(from, 'queue');
    return;
  }
  emit(from, last?.type === 'attempt' && last.attempt === next.attempt - 1 ? 'backoff' : 'reclaim');
}

function activityTail(activity: Span, last: Span | undefined): SegmentType {
  if (last === undefined) return 'unknown';
  if (last.attributes[ASYNC_COMPLETION] === true) return 'waiting';
  if (activity.status === 'TIMED_OUT') return 'unknown';
  if (activity.endTime === undefined && last.type === 'attempt' && last.status === 'ERROR') return 'backoff';
  return 'queue';
}
