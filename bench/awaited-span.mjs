/**
 * A span of the awaited tracing. Times are microseconds since the epoch.
 *
 * @typedef {object} AwaitedSpan
 * @property {string} spanId
 * @property {string} traceId
 * @property {string | undefined} parentId
 * @property {'workflow' | 'activity' | 'attempt'} type
 * @property {string} name
 * @property {string} workflowId
 * @property {number} startTime
 * @property {number} [endTime]
 */

/** By this header a workflow tells an activity's attempt the span that it belongs to: an `AwaitedSpan`. */
export const PARENT_HEADER = 'awaited-parent';
