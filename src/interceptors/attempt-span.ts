import type { Context, Info } from '@temporalio/activity';
import { deriveAttemptSpanId } from '../span/ids.js';
import { OK, outcomeOf } from './call-outcome.js';
import { ProcessSpan } from './process-span.js';
import { ProcessTrace } from './process-trace.js';
import { quietly } from './quietly.js';
import type { SpanReporter } from './span-reporter.js';
import type { TracePlace } from './trace-carrier.js';

/** How attempts are traced. */
export interface AttemptOptions {
  readonly pipeline: SpanReporter;
  /** Whether arguments and results are recorded; they go from this process straight to the processors. Default false. */
  readonly captureActivityIo?: boolean;
}

/** The span that an attempt belongs to. */
export interface AttemptParent {
  readonly place: TracePlace;
  /** What the attempt's own id is derived from: the activity's span, also where nobody made one. */
  readonly activitySpanId: string;
  /** Absent where the attempt is the root of its trace. */
  readonly parentId?: string;
}

/**
 * What `body` returns, as one attempt of the activity `owner`: timed as a span, and run in its context.
 *
 * Of a trace that is not sampled only the context is passed on. Tracing that fails leaves the body as it is.
 */
export async function runAttempt(
  owner: Context,
  { place, activitySpanId, parentId }: AttemptParent,
  options: AttemptOptions,
  args: readonly unknown[],
  body: () => unknown,
): Promise<unknown> {
  const { info } = owner;
  const span = place.isSampled
    ? quietly(() => beginAttempt(info, place.traceId, activitySpanId, parentId, options, args))
    : undefined;
  const trace = new ProcessTrace(options.pipeline, span === undefined ? place : { ...place, spanId: span.spanId });
  trace.claim(owner);
  try {
    const result = await trace.run(body);
    quietly(() => {
      if (options.captureActivityIo === true) span?.setOutput(result);
      span?.end(OK);
    });
    return result;
  } catch (thrown) {
    quietly(() => span?.end(outcomeOf(thrown, owner.cancellationSignal.aborted)));
    throw thrown;
  } finally {
    trace.release(owner);
  }
}

function beginAttempt(
  info: Info,
  traceId: string,
  activitySpanId: string,
  parentId: string | undefined,
  options: AttemptOptions,
  args: readonly unknown[],
): ProcessSpan {
  const span = new ProcessSpan(options.pipeline, {
    spanId: deriveAttemptSpanId(traceId, activitySpanId, info.attempt),
    traceId,
    parentId,
    name: `attempt ${info.activityType}`,
    kind: 'SERVER',
    type: 'attempt',
    attempt: info.attempt,
    attributes: attemptAttributes(info),
  });
  if (options.captureActivityIo === true) span.setInput(args);
  return span;
}

// Times are microseconds since the epoch, as everywhere in a span; the server's clock, not ours.
function attemptAttributes(info: Info): Record<string, unknown> {
  const { workflowExecution, priority } = info;
  return {
    'temporal.namespace': info.namespace,
    'temporal.workflow.id': workflowExecution?.workflowId,
    'temporal.run.id': workflowExecution?.runId,
    'temporal.workflow.type': info.workflowType,
    'temporal.task_queue': info.taskQueue,
    'temporal.activity.id': info.activityId,
    'temporal.activity.type': info.activityType,
    'temporal.activity.run.id': info.activityRunId,
    'temporal.activity.attempt': info.attempt,
    'temporal.activity.is_local': info.isLocal,
    'temporal.activity.scheduled_time': info.scheduledTimestampMs * 1_000,
    'temporal.activity.attempt_scheduled_time': info.currentAttemptScheduledTimestampMs * 1_000,
    'temporal.activity.start_to_close_timeout_ms': positive(info.startToCloseTimeoutMs),
    'temporal.activity.schedule_to_close_timeout_ms': positive(info.scheduleToCloseTimeoutMs),
    'temporal.activity.heartbeat_timeout_ms': info.heartbeatTimeoutMs,
    'temporal.priority_key': priority?.priorityKey,
  };
}

// Temporal says 0 where there is no timeout.
function positive(timeoutMs: number): number | undefined {
  return timeoutMs > 0 ? timeoutMs : undefined;
}
