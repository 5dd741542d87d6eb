import type { Span } from '../../src/span/span.js';

/** 2026-05-11T12:00:00.123456Z */
export const START_MICROS = 1_778_500_800_123_456;
export const TRACE_ID = 'aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaaa';

/** A span id from a number: `spanIdOf(1)` is `0000000000000001`. */
export function spanIdOf(ordinal: number): string {
  return ordinal.toString(16).padStart(16, '0');
}

export function openSpan(changes: Partial<Span> = {}): Span {
  return {
    spanId: spanIdOf(1),
    traceId: TRACE_ID,
    name: 'agent turn',
    kind: 'INTERNAL',
    // SGP's own word for a span of no special type.
    type: 'STANDALONE',
    startTime: START_MICROS,
    status: 'RUNNING',
    attributes: {},
    events: [],
    links: [],
    resource: { 'service.name': 'tests' },
    scope: { name: 'everspan', version: '0.1.0' },
    source: 'observed',
    revision: 0,
    attempt: 1,
    ...changes,
  };
}

export function closedSpan(changes: Partial<Span> = {}): Span {
  return openSpan({ endTime: START_MICROS + 1_500_000, status: 'OK', ...changes });
}

/** `count` spans of one trace, each of its own id and name `s0`, `s1`, …. */
export function spansOf(count: number, make: (changes: Partial<Span>) => Span): Span[] {
  return Array.from({ length: count }, (_, index) => make({ spanId: spanIdOf(index + 1), name: `s${index}` }));
}

/** A signal for calls that nobody gives up. */
export function patientContext(): { readonly signal: AbortSignal } {
  return { signal: new AbortController().signal };
}
