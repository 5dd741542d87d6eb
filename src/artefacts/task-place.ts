import { activityInfo, type Info } from '@temporalio/activity';
import { generateSpanId } from '../interceptors/generate-span-id.js';
import { generateTraceId } from '../interceptors/generate-trace-id.js';
import { activePlace } from '../interceptors/otel-context.js';
import { currentTrace } from '../interceptors/process-trace.js';
import type { Attributes } from '../span/span.js';
import { traceIdFromWorkflowId } from '../wire/workflow-trace-id.js';
import type { TaskDefaults } from './task-options.js';
import type { TaskPlace } from './task-run.js';

/** What the activity and the trace that the calling code runs in say of a task. */
export function taskDefaults(recorderOwnerId: string | undefined): TaskDefaults {
  const activity = currentActivity();
  return {
    workflowId: activity?.workflowExecution?.workflowId,
    executorName: activity?.activityType,
    ownerId: currentTrace()?.trace.place.owner ?? recorderOwnerId,
  };
}

/**
 * Where a task that begins now stands: in the trace that its activity runs in, under the attempt.
 *
 * Without one it has a trace id all the same: that of the task around it, else the one that other programs give to rows of its workflow,
 * else that of OpenTelemetry's active span, else a new one.
 */
export function placeOfTask(workflowId: string | undefined, resource: Attributes, outerTraceId: string | undefined): TaskPlace {
  const current = currentTrace();
  if (current === undefined) {
    const ofWorkflow = workflowId === undefined ? undefined : traceIdFromWorkflowId(workflowId);
    const traceId = outerTraceId ?? ofWorkflow ?? activePlace().place?.traceId ?? generateTraceId();
    return { traceId, parentId: undefined, reporter: undefined, resource, nextSpanId: generateSpanId };
  }
  const { trace, parentId } = current;
  const { traceId, isSampled } = trace.place;
  // What is not sampled has no attempt that one could be led to, and ids that are derived would be those of every attempt.
  if (!isSampled) return { traceId, parentId: undefined, reporter: undefined, resource, nextSpanId: generateSpanId };
  const { reporter } = trace;
  return { traceId, parentId, reporter, resource: reporter.resource, nextSpanId: () => trace.nextSpanId() };
}

function currentActivity(): Info | undefined {
  try {
    return activityInfo();
  } catch {
    // Not inside an activity.
    return undefined;
  }
}
