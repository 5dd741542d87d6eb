import type { Client } from '@temporalio/client';
import { onTestFinished } from 'vitest';
import { SpanPipeline } from '../../../src/activities/span-pipeline.js';
import type { EverspanOptions } from '../../../src/plugin/plugin-options.js';
import type { SpanProcessor } from '../../../src/processors/span-processor.js';
import type { Span } from '../../../src/span/span.js';
import { MemoryOpenSpanIndex } from '../../../src/state/memory-open-span-index.js';
import type { SpanRun } from '../../../src/state/open-span-index.js';
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

/** An open-span index that says which runs were renewed. */
export class WatchedIndex extends MemoryOpenSpanIndex {
  readonly renewed: string[] = [];

  override async renew(run: SpanRun): Promise<void> {
    this.renewed.push(run.runId);
    await super.renew(run);
  }
}

/** Options of a plugin that keeps open spans in `index`, tells of them at once, and keeps its warnings to itself. */
export function watchedOptions(index: MemoryOpenSpanIndex, options: Omit<EverspanOptions, 'processors'> = {}) {
  return { openSpans: index, lingerMs: 0, logger: { warn: () => {} }, ...options };
}

/** The run that a span's attributes name. */
export function runOf({ attributes }: Span): SpanRun {
  return {
    namespace: String(attributes['temporal.namespace']),
    workflowId: String(attributes['temporal.workflow.id']),
    runId: String(attributes['temporal.run.id']),
  };
}
