import * as fc from 'fast-check';
import { mergeSpan } from '../../src/span/merge-span.js';
import type { Span, SpanSource, SpanStatus } from '../../src/span/span.js';
import { validSpans } from '../span/arbitraries.js';
import { NOON, spanIdOf, traceIdOf } from './stored-spans.js';

// Few values, so that events meet: in a span, in a trace, in every comparison of the law.
const fewTimes = fc.integer({ min: NOON, max: NOON + 4 });
const sources = fc.constantFrom<SpanSource>('observed', 'observed', 'recorded', 'inferred');
const endStatuses = fc.constantFrom<SpanStatus>('OK', 'ERROR', 'CANCELED', 'TIMED_OUT');

/** An event of one of a few spans of a few traces. */
export const events: fc.Arbitrary<Span> = fc
  .record({
    traceId: fc.constantFrom(traceIdOf(1), traceIdOf(2), traceIdOf(3)),
    spanId: fc.constantFrom(spanIdOf(1), spanIdOf(2), spanIdOf(3), spanIdOf(4)),
    parentId: fc.option(fc.constantFrom(spanIdOf(1), spanIdOf(2)), { nil: undefined }),
    name: fc.constantFrom('a', 'b', 'c'),
    type: fc.constantFrom('workflow', 'activity', 'client_start', 'operation'),
    startTime: fewTimes,
    endTime: fc.option(fewTimes, { nil: undefined }),
    status: endStatuses,
    source: sources,
    revision: fc.integer({ min: 0, max: 2 }),
    attempt: fc.integer({ min: 1, max: 2 }),
    workflowId: fc.option(fc.constantFrom('w1', 'w2'), { nil: undefined }),
    serviceName: fc.option(fc.constantFrom('s1', 's2'), { nil: undefined }),
  })
  .map(({ parentId, endTime, status, workflowId, serviceName, ...fields }) => ({
    ...fields,
    ...(parentId === undefined ? {} : { parentId }),
    ...(endTime === undefined ? {} : { endTime }),
    status: endTime === undefined ? ('RUNNING' as const) : status,
    kind: 'INTERNAL' as const,
    attributes: workflowId === undefined ? {} : { 'temporal.workflow.id': workflowId },
    resource: serviceName === undefined ? {} : { 'service.name': serviceName },
    events: [],
    links: [],
    scope: { name: 'everspan' },
  }));

/** Any valid span, put into one of the few. */
const strangeEvents = fc.tuple(validSpans, events).map(([span, { traceId, spanId }]) => ({ ...span, traceId, spanId }));

/** Batches in the order in which they are written. */
export const batches: fc.Arbitrary<Span[][]> = fc.array(
  fc.array(fc.oneof({ weight: 6, arbitrary: events }, { weight: 1, arbitrary: strangeEvents }), { minLength: 1, maxLength: 6 }),
  { minLength: 1, maxLength: 5 },
);

/** What the merge law makes of `all`, by trace and span id. */
export function mergedSpans(all: readonly Span[]): Span[] {
  const spans = new Map<string, Span>();
  for (const event of all) {
    const key = event.traceId + event.spanId;
    spans.set(key, mergeSpan(spans.get(key), event));
  }
  return [...spans.values()];
}
