import type { Span } from '../span/span.js';
import { clampEnd } from '../wire/clamp-end.js';

export interface ExportOptions {
  /**
   * Whether spans that have not ended go out too. Default: not in the formats that a back end takes in (OTLP, Jaeger, Zipkin), since those keep
   * a span as they first got it; in all others.
   */
  readonly openSpans?: boolean;
}

/** `spans` as an export writes them: those that are wanted, no end before its start. */
export function exportedSpans(spans: readonly Span[], hasOpenSpans: boolean): Span[] {
  return spans.filter((span) => hasOpenSpans || span.endTime !== undefined).map(clampEnd);
}

/** The last moment that any of `spans` tells of, in microseconds: to it an open span is drawn. */
export function lastKnownTime(spans: readonly Span[]): number {
  return spans.reduce((last, span) => Math.max(last, span.endTime ?? span.startTime), 0);
}
