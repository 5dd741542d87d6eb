import { checkOptionNames, configOwner, type OptionNames } from '../span/check-options.js';
import { SINK_NAME } from '../wire/activity-names.js';
import type { SpanBatch } from '../wire/span-batch.js';
import { checkPipeline } from './check-pipeline.js';
import { deliveryConfig } from './delivery-config.js';
import { deliverLastBatch, enqueueLastBatch } from './last-batch.js';
import type { SpanActivitiesOptions } from './span-activities.js';

/** The sink by which a closing run hands its last batch to the process. */
export type SpanSinks = Record<
  typeof SINK_NAME,
  {
    /** The workflow task waits until the batch is out, `boundMs` at most. */
    readonly deliver: {
      readonly fn: (workflow: unknown, batch: SpanBatch, boundMs: number) => Promise<void>;
      readonly callDuringReplay: false;
    };
    /** The batch is taken over at once. */
    readonly enqueue: { readonly fn: (workflow: unknown, batch: SpanBatch) => void; readonly callDuringReplay: false };
  }
>;

const OWNER = configOwner('createSpanSinks');
const NAMES: OptionNames<SpanActivitiesOptions> = { pipeline: true, config: true };

/**
 * The sinks that belong to `createSpanActivities`, of the same options; they go among a worker's `sinks`. A run whose worker lacks them loses its last
 * batch, unless `closing` is `activity` or `config.hasSink` says that they are not there; and then, if it took a signal or an update and was over in its first task,
 * before it could learn so.
 *
 * @throws EverspanConfigError `INVALID_OPTION`.
 */
export function createSpanSinks(options: SpanActivitiesOptions): SpanSinks {
  checkOptionNames(OWNER, options, NAMES);
  checkPipeline(OWNER, options.pipeline);
  const { pipeline } = options;
  const config = deliveryConfig(OWNER.name, options.config);
  return {
    [SINK_NAME]: {
      deliver: { fn: (_workflow, batch, boundMs) => deliverLastBatch(pipeline, config, batch, boundMs), callDuringReplay: false },
      enqueue: { fn: (_workflow, batch) => enqueueLastBatch(pipeline, config, batch), callDuringReplay: false },
    },
  };
}
