import { Context, type Info } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { checkOptionNames, configOwner, type OptionNames } from '../span/check-options.js';
import { CONFIGURED, END_SPAN, START_SPAN } from '../wire/activity-names.js';
import { isDefaultConfig } from '../wire/default-config.js';
import { InvalidSpanBatchError } from '../wire/errors.js';
import type { RecordedConfig, SpanBatch, SpanReceipt } from '../wire/span-batch.js';
import { checkPipeline } from './check-pipeline.js';
import { deliverBatch } from './deliver-batch.js';
import { deliveryConfig } from './delivery-config.js';
import { HELD_CALL_MS_MAX, REMOTE_CALL_MS_MAX, TIMEOUT_MARGIN_MS } from './delivery-limits.js';
import { type ReadBatch, readBatch } from './read-batch.js';
import type { DeliveryFailure, SpanPipeline } from './span-pipeline.js';

export interface SpanActivitiesOptions {
  readonly pipeline: SpanPipeline;
  /** This worker's configuration: the answer, which the run keeps. What it leaves out is as the plugin's defaults. Default: all of them. */
  readonly config?: Partial<RecordedConfig>;
}

/** The two activities, by the names that they are registered under; and a name that says that the worker is configured. */
export type SpanActivities = Record<typeof START_SPAN | typeof END_SPAN, DeliverBatch> &
  Partial<Record<typeof CONFIGURED, DeliverBatch>>;

type DeliverBatch = (batch: SpanBatch) => Promise<SpanReceipt>;

const OWNER = configOwner('createSpanActivities');
const NAMES: OptionNames<SpanActivitiesOptions> = { pipeline: true, config: true };

/**
 * The activities that deliver spans; they go among a worker's `activities`, all that are in the answer. Stateless: any worker can run either. The
 * plugin registers them; without it, workflows are traced where a worker has all of what the example says. (Without these activities its runs are not
 * traced, and a run that was traced elsewhere waits for a worker that has them.)
 *
 * As a local activity they answer within `HELD_CALL_MS_MAX` and never throw for a processor's sake: `delivered: false` says that the
 * batch must go out again. As a remote one they throw an `ApplicationFailure` that Temporal retries, its type the code of the first
 * failure. A batch that nobody can read, or a span in one, is an `ApplicationFailure` that is not retried; the good spans go out first.
 *
 * @throws EverspanConfigError `INVALID_OPTION`.
 *
 * @example
 * const pipeline = new SpanPipeline({ processors: [new JsonlProcessor({ folder: 'spans' })] });
 * const worker = await Worker.create({
 *   taskQueue,
 *   workflowsPath,
 *   activities: { ...activities, ...createSpanActivities({ pipeline }) },
 *   sinks: createSpanSinks({ pipeline }),
 *   interceptors: {
 *     workflowModules: [fileURLToPath(import.meta.resolve('everspan/workflow-interceptors'))],
 *     activity: [createActivityInterceptor({ pipeline })],
 *   },
 * });
 */
export function createSpanActivities(options: SpanActivitiesOptions): SpanActivities {
  checkOptionNames(OWNER, options, NAMES);
  checkPipeline(OWNER, options.pipeline);
  const { pipeline } = options;
  const config = deliveryConfig(OWNER.name, options.config);
  const deliver = async (candidate: SpanBatch): Promise<SpanReceipt> => {
    const { info, cancellationSignal: signal } = Context.current();
    const read = checkBatch(pipeline, candidate, config);
    const outcome = await deliverBatch(pipeline, read, { deadlineMs: deadlineOf(info), signal, isHeld: info.isLocal });
    const isLast = read.batch.last === true;
    const failure = outcome.failures[0];
    if (failure !== undefined && !isLast && !info.isLocal) {
      signal.throwIfAborted();
      throw undeliveredFailure(failure, read.spans.length);
    }
    const firstInvalid = read.invalid[0];
    if (firstInvalid !== undefined && (outcome.delivered || isLast)) {
      throw ApplicationFailure.nonRetryable(
        `${read.invalid.length} of the batch's spans are not valid: ${firstInvalid.message}`,
        firstInvalid.code,
      );
    }
    return { v: 1, delivered: outcome.delivered, config };
  };
  return {
    [START_SPAN]: deliver,
    [END_SPAN]: deliver,
    // Its name is all that is wanted of it.
    ...(isDefaultConfig(config) ? {} : { [CONFIGURED]: deliver }),
  };
}

function checkBatch(pipeline: SpanPipeline, candidate: unknown, config: RecordedConfig): ReadBatch {
  try {
    return readBatch(candidate, pipeline.resource, config);
  } catch (error) {
    if (!(error instanceof InvalidSpanBatchError)) throw error;
    pipeline.countDropped({ invalid: 1 });
    throw ApplicationFailure.nonRetryable(error.message, error.code);
  }
}

// Our answer must be there before Temporal gives up on us.
function deadlineOf({ isLocal, startToCloseTimeoutMs, scheduleToCloseTimeoutMs }: Info): number {
  const timeouts = [startToCloseTimeoutMs, scheduleToCloseTimeoutMs].filter((timeoutMs) => timeoutMs > 0);
  const bounds = timeouts.map((timeoutMs) => timeoutMs - Math.min(TIMEOUT_MARGIN_MS, timeoutMs / 4));
  return Math.min(isLocal ? HELD_CALL_MS_MAX : REMOTE_CALL_MS_MAX, ...bounds);
}

// Benign: the worker would log each attempt as a warning, and the pipeline has its own line, once a minute.
function undeliveredFailure(failure: DeliveryFailure, spans: number): ApplicationFailure {
  return ApplicationFailure.create({
    message: `${spans} spans are not out: ${failure.message}`,
    type: failure.code,
    nonRetryable: false,
    category: ApplicationFailureCategory.BENIGN,
  });
}
