import type { Attributes, Span } from '../span/span.js';

/** Takes spans that are made in this process and sends them in the background; a `SpanPipeline` is one. */
export interface SpanReporter {
  /** Attributes of this process, for every span that it makes. */
  readonly resource: Attributes;
  /** Never throws, never waits. */
  enqueue(spans: readonly Span[]): void;
}
