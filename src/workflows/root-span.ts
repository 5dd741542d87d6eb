import type { WorkflowInfo } from '@temporalio/workflow';
import { deriveSpanId } from '../span/ids.js';
import type { Attributes, SpanLink } from '../span/span.js';
import type { SpanStart } from './open-span.js';
import { type RunContext, runStartedAtMs } from './trace-context.js';

/** What a run's root span takes of the run. Its history's first events say all of it. */
export type RootFacts = Pick<
  WorkflowInfo,
  | 'namespace'
  | 'workflowId'
  | 'runId'
  | 'workflowType'
  | 'taskQueue'
  | 'attempt'
  | 'startTime'
  | 'runStartTime'
  | 'originalExecutionRunId'
  | 'firstExecutionRunId'
  | 'continuedFromExecutionRunId'
  | 'cronSchedule'
  | 'cronScheduleToScheduleInterval'
> & { readonly parent?: { readonly workflowId: string } | undefined };

/** The root span of a run, the same wherever it is made: in the run itself, or from its history. */
export function rootSpanOf(info: RootFacts, context: RunContext): SpanStart {
  return {
    spanId: deriveSpanId(info.originalExecutionRunId, 'workflow', 0),
    parentId: context.parentId,
    name: `workflow ${info.workflowType}`,
    kind: 'SERVER',
    type: 'workflow',
    startTime: runStartedAtMs(info) * 1000,
    links: [...context.links, ...retryLink(info.continuedFromExecutionRunId, context.links, context.traceId)],
    attempt: info.attempt,
    attributes: {
      'temporal.task_queue': info.taskQueue,
      'temporal.workflow.attempt': info.attempt,
      ...(info.parent === undefined ? {} : { 'temporal.parent.workflow.id': info.parent.workflowId }),
      ...(info.cronSchedule === undefined || info.cronSchedule === '' ? {} : { 'temporal.cron': info.cronSchedule }),
    },
  };
}

/** Attributes of every span of a run. */
export function sharedAttributesOf(
  info: Pick<RootFacts, 'namespace' | 'workflowId' | 'runId' | 'workflowType'>,
  owner: string | undefined,
): Attributes {
  return {
    'temporal.namespace': info.namespace,
    'temporal.workflow.id': info.workflowId,
    'temporal.run.id': info.runId,
    'temporal.workflow.type': info.workflowType,
    ...(owner === undefined ? {} : { 'everspan.owner': owner }),
  };
}

// A retry or a cron run starts from the headers of the first: what it follows is known by its run id only, and a reset makes no new one.
function retryLink(previousRunId: string | undefined, links: readonly SpanLink[], traceId: string): SpanLink[] {
  if (previousRunId === undefined || links.length > 0) return [];
  return [{ traceId, spanId: deriveSpanId(previousRunId, 'workflow', 0), attributes: { 'everspan.link': 'previous_run' } }];
}
