import { Context, type Info } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { checkOptionNames, configOwner, type OptionNames } from '../span/check-options.js';
import type { Span } from '../span/span.js';
import { CONFIGURED, END_SPAN, START_SPAN } from '../wire/activity-names.js';
import { isDefaultConfig } from '../wire/default-config.js';
import { InvalidSpanBatchError } from '../wire/errors.js';
import type { RecordedConfig, SpanBatch, SpanReceipt } from '../wire/span-batch.js';
import { checkPipeline } from './check-pipeline.js';
import { deliveryConfig } from './delivery-config.js';
import { HELD_CALL_MS_MAX, REMOTE_CALL_MS_MAX, TIMEOUT_MARGIN_MS } from './delivery-limits.js';
import { type ReadBatch, readBatch } from './read-batch.js';
import type { DeliveryFailure, DeliveryOutcome, SpanPipeline } from './span-pipeline.js';

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
  const deliverBatch = async (candidate: SpanBatch): Promise<SpanReceipt> => {
    const { info, cancellationSignal } = Context.current();
    const { batch, spans, invalid } = checkBatch(pipeline, candidate, config);
    const outcome = await deliverByPhase(pipeline, spans, info, cancellationSignal);
    if (outcome.delivered || batch.last === true) pipeline.countDropped(batch.dropped ?? {});
    const first = outcome.failures[0];
    if (first !== undefined && batch.last === true) {
      // Nobody sends it again after the run has closed, so it stays in this process until it is out.
      pipeline.enqueue(spans, {
        isUrgent: true,
        isOfRun: true,
        processors: outcome.failures.map((failure) => failure.processor),
      });
    } else if (first !== undefined && !info.isLocal) {
      cancellationSignal.throwIfAborted();
      throw undeliveredFailure(first, spans.length);
    }
    const firstInvalid = invalid[0];
    if (firstInvalid !== undefined && (outcome.delivered || batch.last === true)) {
      pipeline.countDropped({ invalid: invalid.length });
      throw ApplicationFailure.nonRetryable(
        `${invalid.length} of the batch's spans are not valid: ${firstInvalid.message}`,
        firstInvalid.code,
      );
    }
    return { v: 1, delivered: outcome.delivered, config };
  };
  return {
    [START_SPAN]: deliverBatch,
    [END_SPAN]: deliverBatch,
    // Its name is all that is wanted of it.
    ...(isDefaultConfig(config) ? {} : { [CONFIGURED]: deliverBatch }),
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

// What a span is decides which of a processor's calls it takes, not which activity brought it: a mixed batch is legal.
async function deliverByPhase(
  pipeline: SpanPipeline,
  spans: readonly Span[],
  info: Info,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const options = { deadlineMs: deadlineOf(info), signal, isHeld: info.isLocal };
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
