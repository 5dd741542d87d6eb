import type { RecordedConfig, SpanBatch } from '../wire/span-batch.js';
import { countLeftOut, deliverBatch } from './deliver-batch.js';
import { HELD_CALL_MS_MAX } from './delivery-limits.js';
import { type ReadBatch, readBatch } from './read-batch.js';
import type { SpanPipeline } from './span-pipeline.js';

/**
 * Delivers a run's last batch, as a sink gets it, while the workflow task that closes the run waits: `boundMs` at most, then what is left is the
 * background sender's. Never rejects; what is not valid is counted as dropped.
 */
export async function deliverLastBatch(
  pipeline: SpanPipeline,
  config: RecordedConfig,
  candidate: SpanBatch,
  boundMs: number,
): Promise<void> {
  const read = readOrCount(pipeline, config, candidate);
  if (read === undefined) return;
  await deliverBatch(pipeline, read, { deadlineMs: Math.min(boundMs, HELD_CALL_MS_MAX), isHeld: true });
}

/** Leaves a run's last batch to the background at once, with nobody to answer to. Never throws; what is not valid is counted as dropped. */
export function enqueueLastBatch(pipeline: SpanPipeline, config: RecordedConfig, candidate: SpanBatch): void {
  const read = readOrCount(pipeline, config, candidate);
  if (read === undefined) return;
  pipeline.enqueue(read.spans, { isUrgent: true, isOfRun: true });
  countLeftOut(pipeline, read);
}

function readOrCount(pipeline: SpanPipeline, config: RecordedConfig, candidate: SpanBatch): ReadBatch | undefined {
  try {
    return readBatch(candidate, pipeline.resource, config);
  } catch {
    // InvalidSpanBatchError: not even the number of its spans can be read.
    pipeline.countDropped({ invalid: 1 });
    return undefined;
  }
}
