import type { Span } from '../span/span.js';

/** The order in which the spans of a trace are given: by start, then id. */
export function byStart(a: Span, b: Span): number {
  if (a.startTime !== b.startTime) return a.startTime - b.startTime;
  return Number(a.spanId > b.spanId) - Number(a.spanId < b.spanId);
}
