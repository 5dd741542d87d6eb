import { mergeSpan } from '../span/merge-span.js';
import type { Span } from '../span/span.js';
import { isMessageHandler, isRunStarter, RUN_ID, textAttribute } from './span-traits.js';

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
 * - a span whose parent is not there belongs to its run.
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
  for (let index = 0; index < spans.length; index += 1) {
    const { parentId, spanId } = spans[index] as Span;
    if (parentId !== undefined && parentId !== spanId) parent[index] = byId.get(parentId) ?? NONE;
  }
  const up = Int32Array.from(parent);
  const starter = new Int32Array(spans.length).fill(NONE);
  rehome(spans, parent, up, starter);

  const chosen = rootId === undefined ? undefined : byId.get(rootId);
  if (chosen !== undefined) return { spans, byId, up, starter, root: chosen, isRootMadeUp: false };
  const roots = rootsOf(spans, up);
  if (roots.length === 1) {
    const root = behindCall(spans, up, roots[0] as number);
    return { spans, byId, up, starter, root, isRootMadeUp: false };
  }
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
  const { endTime } = spans[above] as Span;
  if (endTime === undefined || (run.endTime !== undefined && run.endTime <= endTime)) return NONE;
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

/** A trace that begins with the call that started its workflow is about that workflow. */
function behindCall(spans: readonly Span[], up: Int32Array, root: number): number {
  const call = spans[root] as Span;
  if (!isRunStarter(call) || call.endTime === undefined) return root;
  let found = root;
  for (let index = 0; index < spans.length; index += 1) {
    const span = spans[index] as Span;
    if (up[index] !== root || index === root || span.type !== 'workflow') continue;
    if (span.endTime !== undefined && span.endTime <= call.endTime) continue;
    if (found === root || isEarlier(span, spans[found] as Span)) found = index;
  }
  return found;
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
