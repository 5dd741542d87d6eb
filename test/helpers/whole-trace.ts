import { expect } from 'vitest';
import type { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { canonicalJson } from '../../src/span/canonical-json.js';
import type { Span } from '../../src/span/span.js';
import type { SpanPattern } from '../../src/testing/expected-span.js';
import { expectTrace } from '../../src/testing/expect-trace.js';
import { formatTrace } from '../../src/export/format-trace.js';
import type { MatchTreeOptions } from '../../src/testing/match-tree.js';

export interface WholeTraceOptions extends MatchTreeOptions {
  /** Which trace, where there are several. */
  readonly traceId?: string;
  /** Names of spans that may end after their parent. */
  readonly outlives?: readonly string[];
  /** Whether a workflow task that failed may have told ENDs of another outcome, which never happened. */
  readonly mayHaveRivals?: boolean;
}

/**
 * Says that a trace is these trees, to the last span, and that it holds what is true of every trace: all closed, ENDs of a span agree,
 * END says again what START said, no span before its parent, none after a parent that waited for it.
 *
 * Of its time alone two ENDs may speak differently: where an event comes in while a run closes, the server has the task done again, and
 * the later END stands.
 */
export function expectWholeTrace(
  memory: InMemoryProcessor,
  trees: readonly SpanPattern[],
  { traceId, outlives = [], mayHaveRivals = false, ...matching }: WholeTraceOptions = {},
): void {
  expectTrace(memory, traceId).toBeClosed().toMatchTree(trees, matching);
  const isOfTrace = (span: Span): boolean => traceId === undefined || span.traceId === traceId;
  const spans = memory.spans().filter(isOfTrace);
  const problems = [
    ...eventProblems(memory.events().filter(isOfTrace)),
    ...(mayHaveRivals ? [] : rivalProblems(spans, memory.events().filter(isOfTrace))),
    ...timeProblems(spans, outlives),
  ];
  expect(problems.length === 0 ? [] : [...problems, formatTrace(spans)]).toEqual([]);
}

/** The one span of that name. */
export function spanNamed(memory: InMemoryProcessor, name: string): Span {
  const spans = memory.spans().filter((span) => span.name === name);
  expect(spans.length, `spans named "${name}" in\n${formatTrace(memory.spans())}`).toBe(1);
  return spans[0] as Span;
}

/** All spans of a type, earliest first. */
export function spansOfType(memory: InMemoryProcessor, type: string): readonly Span[] {
  return memory
    .spans()
    .filter((span) => span.type === type)
    .toSorted((a, b) => a.startTime - b.startTime);
}

// What the server and a workflow tell is in whole milliseconds, what a process measures in microseconds.
const CLOCK_STEP_MICROS = 1_000;

// Whoever makes these calls waits until what is called is over; nobody waits for a message, or for what a client starts. A local
// activity ends in workflow time, which within a task only advances by what local activities took: its attempts ran a little later.
const WAITING_TYPES = new Set(['workflow', 'activity', 'child_workflow', 'custom']);

function timeProblems(spans: readonly Span[], outlives: readonly string[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.flatMap((span) => {
    const problems: string[] = [];
    const parent = span.parentId === undefined ? undefined : byId.get(span.parentId);
    const endTime = span.endTime ?? Number.POSITIVE_INFINITY;
    if (endTime < span.startTime) problems.push(`${span.name} ends before it starts`);
    if (parent === undefined) return problems;
    if (span.startTime < parent.startTime - CLOCK_STEP_MICROS) problems.push(`${span.name} starts before ${parent.name}`);
    const parentEnd = parent.endTime ?? Number.POSITIVE_INFINITY;
    if (WAITING_TYPES.has(parent.type) && !outlives.includes(span.name) && endTime > parentEnd + CLOCK_STEP_MICROS) {
      problems.push(`${span.name} ends after ${parent.name}, by ${endTime - parentEnd} µs`);
    }
    return problems;
  });
}

function eventProblems(events: readonly Span[]): string[] {
  const firstById = new Map<string, Span>();
  return events.flatMap((event) => {
    const first = firstById.get(event.spanId) ?? event;
    firstById.set(event.spanId, first);
    const fields = ['traceId', 'parentId', 'name', 'kind', 'type', 'startTime', 'attempt', 'source'] as const;
    return fields
      .filter((field) => event[field] !== first[field])
      .map((field) => `two events of ${event.name} differ in ${field}: ${first[field]} and ${event[field]}`);
  });
}

function rivalProblems(spans: readonly Span[], events: readonly Span[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  // The process that delivered, and the time, are not what happened.
  const outcomeOf = (event: Span | undefined): string => canonicalJson({ ...event, resource: undefined, endTime: undefined });
  return events.flatMap((event) => {
    const kept = byId.get(event.spanId);
    if (event.endTime === undefined || outcomeOf(event) === outcomeOf(kept)) return [];
    return [`${event.name} has ended as ${outcomeOf(event)}, and as ${outcomeOf(kept)}`];
  });
}
