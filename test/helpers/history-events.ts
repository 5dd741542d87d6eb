import type { Client, WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
/** The attributes by which an event says what it is, e.g. `timerStartedEventAttributes`. */
export type EventAttributes = keyof HistoryEvent & `${string}EventAttributes`;

/** Whether the event is the one that has these attributes. Protobuf says `null` for the others. */
export function isEvent(event: HistoryEvent, attributes: EventAttributes): boolean {
  return (event[attributes] ?? undefined) !== undefined;
}

/** A run's events that have these attributes, as of now. */
export async function eventsOf(handle: WorkflowHandle, attributes: EventAttributes): Promise<readonly HistoryEvent[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter((event) => isEvent(event, attributes));
}

/** The run's first event with these attributes, as soon as the server has it. */
export async function untilEvent(client: Client, handle: WorkflowHandle, attributes: EventAttributes): Promise<HistoryEvent> {
  let nextPageToken: Uint8Array = new Uint8Array();
  for (;;) {
    // The server answers when there is a new event.
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId: handle.workflowId },
      waitNewEvent: true,
      nextPageToken,
    });
    const found = page.history?.events?.find((event) => isEvent(event, attributes));
    if (found !== undefined) return found;
    nextPageToken = page.nextPageToken;
  }
}
