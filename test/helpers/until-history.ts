import type { Client, WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** The first event of the run that `isMeant`, as soon as the server has it. */
export async function untilHistory(
  client: Client,
  handle: WorkflowHandle,
  isMeant: (event: HistoryEvent) => boolean,
): Promise<HistoryEvent> {
  let nextPageToken = new Uint8Array();
  for (;;) {
    // The server answers when there is a new event.
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId: handle.workflowId },
      waitNewEvent: true,
      nextPageToken,
    });
    const found = page.history?.events?.find(isMeant);
    if (found !== undefined) return found;
    nextPageToken = page.nextPageToken as Uint8Array<ArrayBuffer>;
  }
}
