import { mergeSpan } from '../span/merge-span.js';
import type { Span } from '../span/span.js';
import { isMessageHandler, isOperation, isRunStarter, RUN_ID, textAttribute } from './span-traits.js';

export const NONE = -1;

/** Spans by number, with the span that each belongs under. */
export interface SpanIndex {
  /** Each span once; the last is made up where there are several roots. */
  readonly spans: readonly Span[];
  readonly byId: ReadonlyMap<string, number>;
  /** The span under which each is walked: its parent, with the exceptions below; `NONE` where there is none. */
  readonly up: Int32Array;
  /** Where that is not the parent that sent or started it: that one. Else `NONE`. */
  readonly starter: Int32Array;
  readonly root: number;
  /** The root is made up: several spans have no parent. */
  readonly isRootMadeUp: boolean;
}

/**
 * Numbers `spans`, and finds where each belongs.
 *
 * That is the parent, but:
 * - a message that a run handled belongs to that run, whoever sent it;
 * - a run that an asynchronous Nexus operation started belongs to the operation, since that waits for it, and not to the handler, which
 *   had answered by then;
 * - a span whose parent is not there belongs to its run;
 * - a span under an operation belongs to where the operation stands.
 */
export function indexSpans(given: readonly Span[], rootId: string | undefined, now: number): SpanIndex {
  const byId = new Map<string, number>();
  const spans: Span[] = [];
  for (const span of given) {
    const known = byId.get(span.spanId);
    if (known === undefined) {
      byId.set(span.spanId, spans.length);
      spans.push(span);
    } else if ((spans[known] as Span).traceId === span.traceId) {
      spans[known] = mergeSpan(spans[known], span);
    }
  }
  const parent = new Int32Array(spans.length).fill(NONE);
  // Spans of one parent often stand together.
  let lastParentId: string | undefined;
  let lastParent = NONE;
  for (let index = 0; index < spans.length; index += 1) {
    const { parentId, spanId } = spans[index] as Span;
    if (parentId === undefined || parentId === spanId) continue;
    if (parentId !== lastParentId) {
      lastParentId = parentId;
      lastParent = byId.get(parentId) ?? NONE;
    }
    parent[index] = lastParent;
  }
  const up = Int32Array.from(parent);
  const starter = new Int32Array(spans.length).fill(NONE);
  rehome(spans, parent, up, starter);
  liftFromOperations(spans, up);

  const chosen = rootId === undefined ? undefined : byId.get(rootId);
  if (chosen !== undefined) return { spans, byId, up, starter, root: chosen, isRootMadeUp: false };
  const roots = explainedRoots(spans, up);
  if (roots.length === 1) return { spans, byId, up, starter, root: roots[0] as number, isRootMadeUp: false };
  const whole = wholeTrace(
    roots.map((root) => spans[root] as Span),
    now,
  );
  const allUp = new Int32Array(spans.length + 1);
  allUp.set(up);
  for (const root of roots) allUp[root] = spans.length;
  allUp[spans.length] = NONE;
  const allStarters = new Int32Array(spans.length + 1).fill(NONE);
  allStarters.set(starter);
  return { spans: [...spans, whole], byId, up: allUp, starter: allStarters, root: spans.length, isRootMadeUp: true };
}

function rehome(spans: readonly Span[], parent: Int32Array, up: Int32Array, starter: Int32Array): void {
  let runs: Map<string, number> | undefined;
  const runOf = (span: Span): number => {
    runs ??= runsById(spans);
    return runs.get(textAttribute(span, RUN_ID) ?? '') ?? NONE;
  };
  for (let index = 0; index < spans.length; index += 1) {
    const span = spans[index] as Span;
    const above = parent[index] as number;
    if (span.type === 'workflow') {
      const operation = above === NONE ? NONE : operationBehind(spans, parent, above, span);
      if (operation === NONE) continue;
      up[index] = operation;
      starter[index] = above;
    } else if (isMessageHandler(span)) {
      const home = runOf(span);
      if (home === NONE || home === above) continue;
      up[index] = home;
      starter[index] = above;
    } else if (above === NONE && span.parentId !== undefined) {
      up[index] = runOf(span);
    }
  }
}

/** Operations of operations there are none, but in what others send. */
const OPERATIONS_ABOVE_MAX = 8;

/** What stands under an operation is a step of where the operation itself stands. */
function liftFromOperations(spans: readonly Span[], up: Int32Array): void {
  for (let index = 0; index < spans.length; index += 1) {
    for (let step = 0; step < OPERATIONS_ABOVE_MAX; step += 1) {
      const above = up[index] as number;
      if (above === NONE || !isOperation(spans[above] as Span) || up[above] === NONE || up[above] === index) break;
      up[index] = up[above] as number;
    }
  }
}

function runsById(spans: readonly Span[]): Map<string, number> {
  const runs = new Map<string, number>();
  for (const [index, span] of spans.entries()) {
    const runId = span.type === 'workflow' ? textAttribute(span, RUN_ID) : undefined;
    if (runId === undefined) continue;
    const known = runs.get(runId);
    if (known === undefined || isEarlier(span, spans[known] as Span)) runs.set(runId, index);
  }
  return runs;
}

/** Between an operation and the run that it started stand the handler, and the client's call in it. */
const CALLS_ABOVE_RUN_MAX = 4;

function operationBehind(spans: readonly Span[], parent: Int32Array, above: number, run: Span): number {
  if (!outlives(run, spans[above] as Span)) return NONE;
  let at = above;
  for (let step = 0; step < CALLS_ABOVE_RUN_MAX && at !== NONE && isRunStarter(spans[at] as Span); step += 1)
    at = parent[at] as number;
  return at !== NONE && (spans[at] as Span).type === 'nexus_operation' ? at : NONE;
}

function rootsOf(spans: readonly Span[], up: Int32Array): number[] {
  const roots: number[] = [];
  const orphans: number[] = [];
  for (let index = 0; index < spans.length; index += 1) {
    if (up[index] !== NONE) continue;
    ((spans[index] as Span).parentId === undefined ? roots : orphans).push(index);
  }
  if (roots.length > 0) return roots;
  if (orphans.length > 0) return orphans;
  // All parents go round: the ring is opened at the earliest span.
  let first = 0;
  for (let index = 1; index < spans.length; index += 1) {
    if (isEarlier(spans[index] as Span, spans[first] as Span)) first = index;
  }
  return spans.length === 0 ? [] : [first];
}

/**
 * What the trace is about: a call that started a workflow is about that workflow; and where there is anything else, calls that only sent
 * a message are not explained by themselves.
 */
function explainedRoots(spans: readonly Span[], up: Int32Array): number[] {
  const roots = new Set(behindCalls(spans, up, rootsOf(spans, up)));
  const works = [...roots].filter((root) => !(spans[root] as Span).type.startsWith('client_'));
  return works.length === 0 ? [...roots] : works;
}

/** Each of `roots`, or the run that it started and that outlives it; of several runs the earliest. */
function behindCalls(spans: readonly Span[], up: Int32Array, roots: readonly number[]): number[] {
  const calls = new Set(roots.filter((root) => isRunStarter(spans[root] as Span)));
  if (calls.size === 0) return [...roots];
  const runs = new Map<number, number>();
  for (let index = 0; index < spans.length; index += 1) {
    const run = spans[index] as Span;
    const above = up[index] as number;
    if (run.type !== 'workflow' || !calls.has(above) || !outlives(run, spans[above] as Span)) continue;
    const known = runs.get(above);
    if (known === undefined || isEarlier(run, spans[known] as Span)) runs.set(above, index);
  }
  return roots.map((root) => runs.get(root) ?? root);
}

function outlives(run: Span, call: Span): boolean {
  return call.endTime !== undefined && (run.endTime === undefined || run.endTime > call.endTime);
}

function isEarlier(a: Span, b: Span): boolean {
  return a.startTime === b.startTime ? a.spanId < b.spanId : a.startTime < b.startTime;
}

function wholeTrace(roots: readonly Span[], now: number): Span {
  let startTime = roots.length === 0 ? now : Number.POSITIVE_INFINITY;
  let endTime = roots.length === 0 ? now : Number.NEGATIVE_INFINITY;
  for (const span of roots) {
    startTime = Math.min(startTime, span.startTime);
    endTime = Math.max(endTime, span.startTime, span.endTime ?? now);
  }
  return {
    spanId: '',
    traceId: roots[0]?.traceId ?? '',
    name: 'trace',
    kind: 'INTERNAL',
    type: 'trace',
    startTime,
    endTime,
    status: 'OK',
    attributes: {},
    events: [],
    links: [],
    resource: {},
    scope: { name: '' },
    source: 'inferred',
    revision: 0,
    attempt: 1,
  };
}
