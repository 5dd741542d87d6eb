import type { Context } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInterceptorsFactory } from '@temporalio/worker';
import type { OptionNames } from '../span/check-options.js';
import { deriveSpanId } from '../span/ids.js';
import { isOwnActivity } from '../wire/activity-names.js';
import { type AttemptOptions, type AttemptParent, runAttempt } from './attempt-span.js';
import { ensureContextManager } from './async-local-context.js';
import { checkTracingOptions } from './check-tracing-options.js';
import { withTraceIds } from './log-attributes.js';
import { traceOfActivity } from './process-trace.js';
import { runUserCode } from './own-frames.js';
import { quietly } from './quietly.js';
import { readTemporalHeaders } from './trace-carrier.js';

/** How a worker's activities are traced. */
export interface ActivityTracingOptions extends AttemptOptions {
  /** Share of traces kept, 0 to 1, where the calling run does not know it yet. Default 1. */
  readonly sampleRatio?: number;
}

const NAMES: OptionNames<ActivityTracingOptions> = { pipeline: true, captureActivityIo: true, sampleRatio: true };

/**
 * Interceptors that make one `attempt` span per attempt of an activity, below the activity's span, and run its body in that span's
 * context. Log lines get `trace_id` and `span_id`.
 *
 * An activity of a caller without trace context, and everspan's own, run as they are.
 *
 * @throws EverspanConfigError `INVALID_OPTION`.
 */
export function createActivityInterceptor(options: ActivityTracingOptions): ActivityInterceptorsFactory {
  checkTracingOptions('createActivityInterceptor', options, NAMES, true);
  ensureContextManager();
  return (owner) => ({
    inbound: {
      execute(input, next) {
        const parent = parentOf(owner, input, options.sampleRatio);
        // Registered twice, the first one traces.
        if (parent === undefined || traceOfActivity(owner) !== undefined) return runUserCode(() => next(input));
        return runUserCode(() => runAttempt(owner, parent, options, input.args, () => next(input)));
      },
    },
    outbound: {
      getLogAttributes: (attributes, next) => next(withTraceIds(attributes, traceOfActivity(owner)?.place)),
    },
  });
}

function parentOf(owner: Context, input: ActivityExecuteInput, sampleRatio: number | undefined): AttemptParent | undefined {
  const { activityType, activityId, workflowExecution, activityRunId } = owner.info;
  if (isOwnActivity(activityType)) return undefined;
  const place = quietly(() => readTemporalHeaders(input.headers, sampleRatio));
  if (place === undefined) return undefined;
  if (place.spanId !== undefined) return { place, activitySpanId: place.spanId, parentId: place.spanId };
  // A trace without a calling span: the attempt is a root, and its id comes from the activity.
  return { place, activitySpanId: deriveSpanId(workflowExecution?.runId ?? activityRunId ?? '', 'activity', activityId) };
}
