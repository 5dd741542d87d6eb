/** @typedef {import('./fleet.mjs').Member} Member */

const OWN_ACTIVITIES = ['START_SPAN', 'END_SPAN'];

/**
 * Events in the history of each of these workflows.
 *
 * @param {Member} member
 * @param {readonly string[]} workflowIds
 * @returns {Promise<number[]>}
 */
export async function countEvents({ client }, workflowIds) {
  const described = await Promise.all(workflowIds.map((id) => client.workflow.getHandle(id).describe()));
  return described.map(({ historyLength }) => historyLength);
}

/**
 * Flushes that the run's own progress waited for: local span activities, those of one workflow task counted once, since they run side
 * by side; and that of its last batch, which the task that closes it waits for without an event of its own, unless `closing` says otherwise.
 *
 * @param {Member} member
 * @param {string} workflowId
 * @returns {Promise<number>}
 */
export async function countFlushes({ client }, workflowId) {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const tasks = new Set();
  for (const event of events ?? []) {
    const closed = event.workflowExecutionCompletedEventAttributes;
    if (closed) tasks.add(String(closed.workflowTaskCompletedEventId));
    const marker = event.markerRecordedEventAttributes;
    if (marker?.markerName !== 'core_local_activity') continue;
    if (OWN_ACTIVITIES.includes(activityTypeOf(marker))) tasks.add(String(marker.workflowTaskCompletedEventId));
  }
  return tasks.size;
}

/** @param {import('@temporalio/proto').temporal.api.history.v1.IMarkerRecordedEventAttributes} marker @returns {string} */
function activityTypeOf({ details }) {
  const [payload] = details?.['data']?.payloads ?? [];
  if (!payload?.data) return '';
  const marked = /** @type {{ activity_type?: string }} */ (JSON.parse(Buffer.from(payload.data).toString('utf8')));
  return marked.activity_type ?? '';
}
