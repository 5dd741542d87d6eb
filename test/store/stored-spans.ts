import type { Span } from '../../src/span/span.js';

/** 2026-05-11T12:00:00Z in microseconds. */
export const NOON = 1_778_500_800_000_000;

/** A trace id from a number. */
export function traceIdOf(ordinal: number): string {
  return `0197${ordinal.toString(16).padStart(28, '0')}`;
}

/** A span id from a number. */
export function spanIdOf(ordinal: number): string {
  return ordinal.toString(16).padStart(16, '0');
}

/** An open span; without changes the root of trace 1. */
export function started(changes: Partial<Span> = {}): Span {
  return {
    spanId: spanIdOf(1),
    traceId: traceIdOf(1),
    name: 'workflow order',
    kind: 'SERVER',
    type: 'workflow',
    startTime: NOON,
    status: 'RUNNING',
    attributes: { 'temporal.workflow.id': 'order-1' },
    events: [],
    links: [],
    resource: { 'service.name': 'orders' },
    scope: { name: 'everspan' },
    source: 'observed',
    revision: 0,
    attempt: 1,
    ...changes,
  };
}

/** The same, ended a second after its start. */
export function ended(changes: Partial<Span> = {}): Span {
  return started({ endTime: (changes.startTime ?? NOON) + 1_000_000, status: 'OK', ...changes });
}

/** A trace of `spanCount` ended spans, a root and its children, a millisecond apart. */
export function traceOfSpans(ordinal: number, spanCount: number, changes: Partial<Span> = {}): Span[] {
  return Array.from({ length: spanCount }, (_, index) =>
    ended({
      traceId: traceIdOf(ordinal),
      spanId: spanIdOf(index + 1),
      ...(index === 0 ? {} : { parentId: spanIdOf(1), name: `activity ${index}`, type: 'activity' }),
      startTime: NOON + ordinal * 10_000_000 + index * 1_000,
      ...changes,
    }),
  );
}
