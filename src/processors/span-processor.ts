import type { Span } from '../span/span.js';

/** What a processor is told besides the spans. */
export interface ProcessorContext {
  /** Aborts when the caller has stopped waiting: a request of its should end then, so that it cannot land late. */
  readonly signal: AbortSignal;
  /**
   * Takes word of an answer that is about to be tried again, e.g. `answered 503`, so that whoever stops waiting can name the last one. Never throws.
   *
   * @param problem - Holds no key and no span content.
   */
  readonly noteProblem?: (problem: string) => void;
}

/**
 * Takes whole spans and writes them somewhere. Keeps nothing per span: START and END of one span may come to different processes, more
 * than once, in any order.
 */
export interface SpanProcessor {
  /** Names the processor in counters and warnings, e.g. `sgp`. */
  readonly name: string;
  /**
   * Writes spans that have begun (no `endTime`).
   *
   * @returns When all of them are safely out; "activity completed" means "delivered".
   * @throws SpanDeliveryError or any other error when one or more of them are not out; the caller sends the batch again.
   */
  start(spans: readonly Span[], context: ProcessorContext): Promise<void>;
  /** Writes spans that have ended; each carries everything that its START carried. Otherwise as `start`. */
  end(spans: readonly Span[], context: ProcessorContext): Promise<void>;
  /** Sends what is under way and frees what is held. Called once, at the end of the process. */
  shutdown(): Promise<void>;
}
