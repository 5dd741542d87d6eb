import type { Span } from '../span/span.js';
import { EVERSPAN_SCOPE } from '../wire/scope.js';
import { operationStates, type StateStretch } from './operation-states.js';
import { NONE, type SpanIndex } from './span-index.js';
import { ATTEMPT_SCHEDULED_TIME, isActivity, isMessageHandler, isOperation, timeAttribute } from './span-traits.js';

/** The tree that is walked: times that can be, and of each span those below it, the one that ended last first. */
export interface SpanGraph extends SpanIndex {
  /** Microseconds; never before the start of what is above. */
  readonly start: Float64Array;
  /** Never before the start; of an open span it is now. */
  readonly end: Float64Array;
  /** Children of span `i` stand in `childList` from `childFrom[i]` to `childFrom[i + 1]`. */
  readonly childFrom: Int32Array;
  readonly childList: Int32Array;
  /** 1 where the root leads to the span. */
  readonly isReached: Uint8Array;
  /** 1 for what the code of a workflow made: its clock stands still between events. */
  readonly isInWorkflow: Uint8Array;
  /** Of what the code of a workflow made: its run; else `NONE`. */
  readonly runOf: Int32Array;
  /** By run, when its operations were queued, backed off or reclaimed. */
  readonly operationStates: ReadonlyMap<number, readonly StateStretch[]>;
  readonly clampedSpans: number;
  readonly unreachedSpans: number;
}

/** O(n log n): the sorting of each span's children. */
export function buildGraph(index: SpanIndex, now: number): SpanGraph {
  const count = index.spans.length;
  const start = new Float64Array(count);
  const end = new Float64Array(count);
  const isReached = new Uint8Array(count);
  const isInWorkflow = new Uint8Array(count);
  const runOf = new Int32Array(count).fill(NONE);
  const { childFrom, childList } = childLists(index.up, index.root);

  // From the root down, breadth first: the queue is the order in which parents come before their children.
  const queue = new Int32Array(count);
  let queued = 0;
  let clampedSpans = 0;
  const take = (at: number, above: number): void => {
    isReached[at] = 1;
    queue[queued] = at;
    queued += 1;
    const span = index.spans[at] as Span;
    // An operation may be older than the run that has it now.
    if (clampTimes(index, start, end, at, above, now) && !isOperation(span)) clampedSpans += 1;
    isInWorkflow[at] = inWorkflow(span, above === NONE ? 0 : (isInWorkflow[above] as number));
    if (span.type === 'workflow') runOf[at] = at;
    else if (isInWorkflow[at] === 1 && above !== NONE) runOf[at] = runOf[above] as number;
  };
  take(index.root, NONE);
  for (let next = 0; next < queued; next += 1) {
    const at = queue[next] as number;
    const to = childFrom[at + 1] as number;
    for (let place = childFrom[at] as number; place < to; place += 1) {
      const child = childList[place] as number;
      if (isReached[child] === 0) take(child, at);
    }
    if (to - (childFrom[at] as number) > 1) {
      childList.subarray(childFrom[at], to).sort((a, b) => compareCandidates(index.spans, start, end, a, b));
    }
  }
  return {
    ...index,
    start,
    end,
    childFrom,
    childList,
    isReached,
    isInWorkflow,
    runOf,
    operationStates: operationStates(index.spans, runOf, end),
    clampedSpans,
    unreachedSpans: countUnreached(index, isReached),
  };
}

/** Calls at the top that the trace is not about are left out on purpose. */
function countUnreached({ spans, up }: SpanIndex, isReached: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < isReached.length; at += 1) {
    const isCall = up[at] === NONE && (spans[at] as Span).type.startsWith('client_');
    if (isReached[at] === 0 && !isCall) count += 1;
  }
  return count;
}

function childLists(up: Int32Array, root: number): { childFrom: Int32Array; childList: Int32Array } {
  const childFrom = new Int32Array(up.length + 1);
  for (let at = 0; at < up.length; at += 1) {
    const above = up[at] as number;
    if (above !== NONE && at !== root) (childFrom[above + 1] as number)++;
  }
  for (let at = 0; at < up.length; at += 1) childFrom[at + 1] = (childFrom[at + 1] as number) + (childFrom[at] as number);
  const childList = new Int32Array(childFrom[up.length] as number);
  const filledTo = childFrom.slice();
  for (let at = 0; at < up.length; at += 1) {
    const above = up[at] as number;
    if (above === NONE || at === root) continue;
    childList[filledTo[above] as number] = at;
    (filledTo[above] as number)++;
  }
  return { childFrom, childList };
}

/**
 * Times by what must have been: nothing starts before what started it, no attempt before it was scheduled, and what a call brought back
 * had ended when the call did.
 *
 *   parent       |-----------|           parent  |----------|
 *   child    |------|                    attempt    |----------|   the call has its result: the attempt's clock is ahead
 *   becomes      |--|                    becomes    |-------|
 *
 * @returns Whether a time that was told had to be moved.
 */
function clampTimes(
  { spans, starter }: SpanIndex,
  start: Float64Array,
  end: Float64Array,
  at: number,
  above: number,
  now: number,
): boolean {
  const span = spans[at] as Span;
  let startTime = span.startTime;
  let endTime = span.endTime ?? Math.max(now, startTime);
  if (above !== NONE) {
    const floor = start[above] as number;
    startTime = Math.max(startTime, floor);
    const parent = spans[above] as Span;
    const sender = spans[starter[at] as number];
    if (sender !== undefined && sender.startTime <= (end[above] as number)) startTime = Math.max(startTime, sender.startTime);
    if (isActivity(parent)) {
      const scheduledTime = timeAttribute(span, ATTEMPT_SCHEDULED_TIME);
      if (scheduledTime !== undefined && scheduledTime <= (end[above] as number)) startTime = Math.max(startTime, scheduledTime);
    }
    if (broughtBack(parent, span) || isWithinGrain(parent, span, endTime - (end[above] as number))) {
      endTime = Math.min(endTime, end[above] as number);
      startTime = Math.max(floor, Math.min(startTime, endTime));
    }
  }
  endTime = Math.max(endTime, startTime);
  start[at] = startTime;
  end[at] = endTime;
  return startTime !== span.startTime || (span.endTime !== undefined && endTime !== span.endTime);
}

/** Whether `call` ended since `work` had: then a later end of the work is the doing of its clock. */
function broughtBack(call: Span, work: Span): boolean {
  if (call.status !== 'OK' || work.status !== 'OK' || call.endTime === undefined || work.endTime === undefined) return false;
  if (isActivity(call)) return work.type === 'attempt';
  if (call.type === 'child_workflow') return work.type === 'workflow';
  return call.type === 'nexus_operation' && work.type === 'nexus_handler';
}

/** Microseconds: a process's own spans start on its clock's milliseconds, and are measured on from there. */
const CLOCK_GRAIN = 1_000;

//   attempt  |-------|         both began in one millisecond, the step a little later
//   step     |---------|      so its end lies a little late, and it did not go on after the attempt
function isWithinGrain(parent: Span, span: Span, overrun: number): boolean {
  return (
    overrun > 0 &&
    overrun < CLOCK_GRAIN &&
    isProcessSpan(parent) &&
    isProcessSpan(span) &&
    parent.endTime !== undefined &&
    span.endTime !== undefined
  );
}

const PROCESS_TYPES: ReadonlySet<string> = new Set(['attempt', 'custom', 'nexus_handler', 'task', 'phase', 'marker']);

function isProcessSpan({ scope, type }: Span): boolean {
  return scope.name === EVERSPAN_SCOPE.name && PROCESS_TYPES.has(type);
}

function inWorkflow(span: Span, above: number): number {
  if (span.type === 'workflow' || isMessageHandler(span)) return 1;
  return span.type === 'attempt' || span.type === 'nexus_handler' || span.type.startsWith('client_') ? 0 : above;
}

/**
 * The order in which children are looked at for what their parent waited for last: the later end first. Of those that end together: what
 * ended by itself before a message, since a message that wakes nobody comes at any time; and before what was canceled, since that ended
 * because something else did; then the later start, so that of a row of steps without length each is seen; then the id.
 */
function compareCandidates(spans: readonly Span[], start: Float64Array, end: Float64Array, a: number, b: number): number {
  const byEnd = (end[b] as number) - (end[a] as number);
  if (byEnd !== 0) return byEnd;
  const spanA = spans[a] as Span;
  const spanB = spans[b] as Span;
  const byRank = tieRank(spanA) - tieRank(spanB);
  if (byRank !== 0) return byRank;
  const byStart = (start[b] as number) - (start[a] as number);
  if (byStart !== 0) return byStart;
  return spanA.spanId < spanB.spanId ? -1 : 1;
}

function tieRank(span: Span): number {
  if (span.status === 'CANCELED') return 2;
  return isMessageHandler(span) ? 1 : 0;
}
