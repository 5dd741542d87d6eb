import type { Client } from '@temporalio/client';
import { onTestFinished } from 'vitest';
import { SpanPipeline } from '../../../src/activities/span-pipeline.js';
import type { SpanProcessor } from '../../../src/processors/span-processor.js';
import type { OrphanedOperation, SweepParts } from '../../../src/watchdog/sweep-parts.js';

/** What a sweep of a test works with. */
export interface SweepTools {
  readonly parts: SweepParts;
  readonly orphans: OrphanedOperation[];
}

/** Parts of a sweep of `client`'s namespace, with a pipeline of its own. Call it inside a test. */
export function sweepTools(
  client: Client,
  processors: readonly SpanProcessor[],
  stores: Pick<SweepParts, 'openSpans' | 'operations'>,
): SweepTools {
  const pipeline = new SpanPipeline({ processors, logger: { warn: () => {} } });
  onTestFinished(() => pipeline.shutdown(5_000));
  const orphans: OrphanedOperation[] = [];
  return { parts: { client, pipeline, ...stores, onOrphan: (orphan) => orphans.push(orphan) }, orphans };
}
