import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { CONFIGURED, END_SPAN, PATCH_ID, START_SPAN } from '../../src/wire/activity-names.js';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

const { EventType } = temporal.api.enums.v1;

/** The events of one run, the latest where none is named; in small pages, as a client takes 4 MB at once. */
export async function eventsOf(client: Client, workflowId: string, runId?: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, ...(runId === undefined ? {} : { runId }) },
      maximumPageSize: 20,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    });
    events.push(...(page.history?.events ?? []));
    nextPageToken = page.nextPageToken;
  } while (nextPageToken !== undefined && nextPageToken !== null && nextPageToken.length > 0);
  return events;
}

/** An event's type, e.g. `WORKFLOW_TASK_FAILED`. */
export function typeOf(event: HistoryEvent): string {
  return String(EventType[event.eventType ?? 0]).replace('EVENT_TYPE_', '');
}

/** The events of these types, in order. */
export function ofType(events: readonly HistoryEvent[], ...types: string[]): HistoryEvent[] {
  return events.filter((event) => types.includes(typeOf(event)));
}

/**
 * Causes by which the server itself asks for a task once more: an event came while the run closed, or it gave up a task that was under way since
 * more signals had come than it holds back.
 */
const SERVER_CAUSES: readonly (temporal.api.enums.v1.WorkflowTaskFailedCause | null | undefined)[] = [
  temporal.api.enums.v1.WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
  temporal.api.enums.v1.WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
];

/** Why workflow tasks failed, one message each; the server's own requests to try again are none. */
export function taskFailures(events: readonly HistoryEvent[]): string[] {
  const failures = events.flatMap((event) => {
    const failed = event.workflowTaskFailedEventAttributes;
    if (failed === null || failed === undefined) return [];
    if (SERVER_CAUSES.includes(failed.cause)) return [];
    return [failed.failure?.message ?? `cause ${failed.cause}`];
  });
  return [...failures, ...ofType(events, 'WORKFLOW_TASK_TIMED_OUT').map(() => 'timed out')];
}

/** Whether the run carries our marker. */
export function isMarked(events: readonly HistoryEvent[]): boolean {
  return events.some((event) => patchOf(event) === PATCH_ID);
}

/** Whether tracing put this event into history: our activities, timers, markers, and their search attribute. */
export function isOurs(event: HistoryEvent, events: readonly HistoryEvent[]): boolean {
  const patch = patchOf(event);
  if (patch === PATCH_ID || patch === CONFIGURED) return true;
  if (isOurActivity(event.activityTaskScheduledEventAttributes?.activityType?.name)) return true;
  if (isOurActivity(localActivityOf(event)?.activityType)) return true;
  if (summaryOf(event) === 'everspan') return true;
  const attributes = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
  if (attributes?.['TemporalChangeVersion'] !== undefined && Object.keys(attributes).length === 1) return true;
  const started =
    event.activityTaskStartedEventAttributes?.scheduledEventId ??
    event.activityTaskCompletedEventAttributes?.scheduledEventId ??
    event.activityTaskFailedEventAttributes?.scheduledEventId ??
    event.activityTaskTimedOutEventAttributes?.scheduledEventId ??
    event.timerFiredEventAttributes?.startedEventId ??
    event.timerCanceledEventAttributes?.startedEventId;
  if (started === null || started === undefined) return false;
  const cause = events.find((other) => String(other.eventId) === String(started));
  return cause !== undefined && cause !== event && isOurs(cause, events);
}

/** What the user's code asked for and got, in order: every event but those of workflow tasks and ours. */
export function userEvents(events: readonly HistoryEvent[]): string[] {
  return events
    .filter((event) => !typeOf(event).startsWith('WORKFLOW_TASK_') && !isOurs(event, events))
    .map((event) => [typeOf(event), detailOf(event)].filter((part) => part !== '').join(' '));
}

/** The commands of the user's code, in order. */
export function userCommands(events: readonly HistoryEvent[]): string[] {
  const commands =
    /^(?:ACTIVITY_TASK_SCHEDULED|TIMER_STARTED|MARKER_RECORDED|START_CHILD|SIGNAL_EXTERNAL.*INITIATED|WORKFLOW_EXECUTION_(?!STARTED|SIGNALED|UPDATE|CANCEL_REQ))/;
  return userEvents(events).filter((line) => commands.test(line));
}

/** The local activity that a marker stands for. */
export function localActivityOf(
  event: HistoryEvent,
): { activityType: string; activityId: string; seq: number; hasFailed: boolean } | undefined {
  const marker = event.markerRecordedEventAttributes;
  if (marker?.markerName !== 'core_local_activity') return undefined;
  const payload = marker.details?.['data']?.payloads?.[0];
  if (payload === undefined || payload === null) return undefined;
  const {
    activity_type: activityType,
    activity_id: activityId,
    seq,
  } = defaultPayloadConverter.fromPayload<{
    activity_type: string;
    activity_id: string;
    seq: number;
  }>(payload);
  return { activityType, activityId, seq, hasFailed: marker.failure !== null && marker.failure !== undefined };
}

function isOurActivity(name: string | null | undefined): boolean {
  return name === START_SPAN || name === END_SPAN;
}

function patchOf(event: HistoryEvent): string | undefined {
  const marker = event.markerRecordedEventAttributes;
  if (marker?.markerName !== 'core_patch') return undefined;
  const payload = Object.values(marker.details ?? {})[0]?.payloads?.[0];
  return payload === undefined || payload === null ? undefined : defaultPayloadConverter.fromPayload<{ id: string }>(payload).id;
}

function summaryOf(event: HistoryEvent): string | undefined {
  const summary = event.userMetadata?.summary;
  return summary === undefined || summary === null ? undefined : defaultPayloadConverter.fromPayload<string>(summary);
}

// What names the user's part in an event; ids of events and runs differ from run to run.
function detailOf(event: HistoryEvent): string {
  const local = localActivityOf(event);
  if (local !== undefined) return `${local.activityType} ${local.activityId}`;
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) return `${scheduled.activityType?.name} ${scheduled.activityId}`;
  if (event.timerStartedEventAttributes) return String(event.timerStartedEventAttributes.timerId);
  if (event.timerFiredEventAttributes) return String(event.timerFiredEventAttributes.timerId);
  if (event.startChildWorkflowExecutionInitiatedEventAttributes) {
    return String(event.startChildWorkflowExecutionInitiatedEventAttributes.workflowType?.name);
  }
  if (event.markerRecordedEventAttributes)
    return `${event.markerRecordedEventAttributes.markerName} ${patchOf(event) ?? ''}`.trim();
  return '';
}
