import type { Client } from '@temporalio/client';
import type { Attributes, Span } from '../span/span.js';
import { isSampled } from '../span/ids.js';
import type { SpanRun } from '../state/open-span-index.js';
import { EVERSPAN_SCOPE } from '../wire/scope.js';
import { toWireSpan } from '../wire/to-wire-span.js';
import { fromWireBatch } from '../wire/wire-span.js';
import { openSpan } from '../workflows/open-span.js';
import { type RootFacts, rootSpanOf, sharedAttributesOf } from '../workflows/root-span.js';
import { runContextFrom } from '../workflows/trace-context.js';
import { UnreadableRecordError } from './errors.js';
import { microsOf, textIn } from './protobuf-values.js';

/** Events that are read of a history: its start, and the start of its first task, are among the first. */
const EVENTS_READ = 20;

/**
 * The root span of a traced run as the run itself began it, from its history; `undefined` where it was not sampled.
 *
 * @param options.sampleRatio - Decides where nobody did before, as in the run.
 * @param options.hasFailed - Whether a run that was left out of the sample is kept if it was to be kept for failing.
 */
export async function rootFromHistory(
  client: Pick<Client, 'workflowService'>,
  run: SpanRun,
  options: { readonly resource: Attributes; readonly sampleRatio: number; readonly hasFailed: boolean },
): Promise<Span | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: run.namespace,
    execution: { workflowId: run.workflowId, runId: run.runId },
    maximumPageSize: EVENTS_READ,
  });
  const events = history?.events ?? [];
  const [first] = events;
  const started = first?.workflowExecutionStartedEventAttributes;
  const startedAtMicros = microsOf(first?.eventTime);
  if (started === null || started === undefined || startedAtMicros === undefined) {
    throw new UnreadableRecordError(`the history of run ${run.runId} of ${run.workflowId} has no start`);
  }
  const firstTask = events.find((event) => Boolean(event.workflowTaskStartedEventAttributes));
  const startTime = new Date(Math.floor(startedAtMicros / 1_000));
  const previousRunId = textIn(started.continuedExecutionRunId);
  const cronSchedule = textIn(started.cronSchedule);
  const parentId = textIn(started.parentWorkflowExecution?.workflowId);
  const info: RootFacts = {
    namespace: run.namespace,
    workflowId: run.workflowId,
    runId: run.runId,
    workflowType: started.workflowType?.name ?? '',
    taskQueue: started.taskQueue?.name ?? '',
    attempt: Math.max(1, started.attempt ?? 1),
    startTime,
    runStartTime: new Date(Math.floor((microsOf(firstTask?.eventTime) ?? startedAtMicros) / 1_000)),
    originalExecutionRunId: textIn(started.originalExecutionRunId) ?? run.runId,
    firstExecutionRunId: textIn(started.firstExecutionRunId) ?? run.runId,
    ...(previousRunId === undefined ? {} : { continuedFromExecutionRunId: previousRunId }),
    ...(cronSchedule === undefined ? {} : { cronSchedule }),
    cronScheduleToScheduleInterval: (microsOf(started.firstWorkflowTaskBackoff) ?? 0) / 1_000,
    ...(parentId === undefined ? {} : { parent: { workflowId: parentId } }),
  };
  const context = runContextFrom(info, started.header?.fields ?? {});
  const isKept = context.sampled ?? isSampled(context.traceId, options.sampleRatio);
  if (!isKept && !(context.keepErrors && options.hasFailed)) return undefined;
  // As a batch of the run's own would bring it.
  const batch = {
    v: 1,
    traceId: context.traceId,
    shared: sharedAttributesOf(info, context.owner),
    spans: [toWireSpan(openSpan(rootSpanOf(info, context)))],
  } as const;
  return fromWireBatch(batch, options.resource, EVERSPAN_SCOPE)[0];
}
