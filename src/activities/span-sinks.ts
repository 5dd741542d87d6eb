import { checkOptionNames, configOwner, type OptionNames } from '../span/check-options.js';
import { SINK_NAME } from '../wire/activity-names.js';
import type { SpanBatch } from '../wire/span-batch.js';
import { checkPipeline } from './check-pipeline.js';
import { deliveryConfig } from './delivery-config.js';
import { enqueueBatch } from './enqueue-batch.js';
import type { SpanActivitiesOptions } from './span-activities.js';

/** The sink by which a closing run hands its last batch to the process. */
export type SpanSinks = Record<
  typeof SINK_NAME,
  { readonly close: { readonly fn: (workflow: unknown, batch: SpanBatch) => void; readonly callDuringReplay: false } }
>;

const OWNER = configOwner('createSpanSinks');
const NAMES: OptionNames<SpanActivitiesOptions> = { pipeline: true, config: true };

/**
 * The sinks that belong to `createSpanActivities`, of the same options; they go among a worker's `sinks`. A run whose worker lacks them loses its last
 * batch where `closing` is `background`, and where it is `auto` and the run took a signal or an update.
 *
 * @throws EverspanConfigError `INVALID_OPTION`.
 */
export function createSpanSinks(options: SpanActivitiesOptions): SpanSinks {
  checkOptionNames(OWNER, options, NAMES);
  checkPipeline(OWNER, options.pipeline);
  const { pipeline } = options;
  const config = deliveryConfig(OWNER.name, options.config);
  return { [SINK_NAME]: { close: { fn: (_workflow, batch) => enqueueBatch(pipeline, config, batch), callDuringReplay: false } } };
}
