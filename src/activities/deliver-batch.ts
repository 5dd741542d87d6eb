import type { Span } from '../span/span.js';
import type { ReadBatch } from './read-batch.js';
import type { DeliverOptions, DeliveryOutcome, SpanPipeline } from './span-pipeline.js';

/**
 * Delivers what a run sent. Of its last batch, which nobody sends again, what did not get out by the deadline is left to the process's background
 * sender. Counts what the run, or this process, left out once nobody will hand it in again. Never rejects.
 */
export async function deliverBatch(
  pipeline: SpanPipeline,
  { batch, spans, invalid }: ReadBatch,
  options: DeliverOptions,
): Promise<DeliveryOutcome> {
  const outcome = await deliverByPhase(pipeline, spans, options);
  if (outcome.delivered || batch.last === true) {
    countLeftOut(pipeline, { batch, invalid });
  }
  if (!outcome.delivered && batch.last === true) {
    const processors = outcome.failures.map((failure) => failure.processor);
    pipeline.enqueue(spans, { isUrgent: true, isOfRun: true, processors });
  }
  return outcome;
}

/** Counts what the run left out, and what of its batch is not valid. */
export function countLeftOut(pipeline: SpanPipeline, { batch, invalid }: Pick<ReadBatch, 'batch' | 'invalid'>): void {
  pipeline.countDropped({ ...batch.dropped, ...(invalid.length === 0 ? {} : { invalid: invalid.length }) });
}

// What a span is decides which of a processor's calls it takes, not which activity brought it: a mixed batch is legal.
async function deliverByPhase(pipeline: SpanPipeline, spans: readonly Span[], options: DeliverOptions): Promise<DeliveryOutcome> {
  const outcomes = await Promise.all([
    pipeline.deliver(
      'start',
      spans.filter((span) => span.endTime === undefined),
      options,
    ),
    pipeline.deliver(
      'end',
      spans.filter((span) => span.endTime !== undefined),
      options,
    ),
  ]);
  return {
    delivered: outcomes.every((outcome) => outcome.delivered),
    failures: outcomes.flatMap((outcome) => outcome.failures),
  };
}
