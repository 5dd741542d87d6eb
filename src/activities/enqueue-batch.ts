import type { RecordedConfig, SpanBatch } from '../wire/span-batch.js';
import { readBatch } from './read-batch.js';
import type { SpanPipeline } from './span-pipeline.js';

/**
 * Leaves a run's batch to the background, as a sink gets it: at once, with nobody to answer to. Never throws; what is not valid is
 * counted as dropped.
 */
export function enqueueBatch(pipeline: SpanPipeline, config: RecordedConfig, candidate: SpanBatch): void {
  try {
    const { batch, spans, invalid } = readBatch(candidate, pipeline.resource, config);
    pipeline.enqueue(spans, { isUrgent: true, isOfRun: true });
    pipeline.countDropped({ ...batch.dropped, ...(invalid.length === 0 ? {} : { invalid: invalid.length }) });
  } catch {
    // InvalidSpanBatchError: not even the number of its spans can be read.
    pipeline.countDropped({ invalid: 1 });
  }
}
