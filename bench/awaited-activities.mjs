/**
 * A span as the awaited interceptors hand it over. Times are microseconds since the epoch.
 *
 * @typedef {object} AwaitedSpan
 * @property {string} spanId
 * @property {string} traceId
 * @property {string | undefined} parentId
 * @property {string} name
 * @property {string} workflowId
 * @property {number} startTime
 * @property {number} [endTime]
 */

const NEVER_ABORTED = new AbortController().signal;

/**
 * The activities that the awaited interceptors call; each writes one span through `processor`, and is done when that has it.
 *
 * @param {import('everspan/processors').SpanProcessor} processor
 * @param {import('everspan').Attributes} resource
 */
export function createAwaitedActivities(processor, resource) {
  return {
    /** @param {AwaitedSpan} span */
    awaitedStart: (span) => processor.start([wholeSpan(span, resource)], { signal: NEVER_ABORTED }),
    /** @param {AwaitedSpan} span */
    awaitedEnd: (span) => processor.end([wholeSpan(span, resource)], { signal: NEVER_ABORTED }),
  };
}

/**
 * @param {AwaitedSpan} span
 * @param {import('everspan').Attributes} resource
 * @returns {import('everspan').Span}
 */
function wholeSpan({ spanId, traceId, parentId, name, workflowId, startTime, endTime }, resource) {
  return {
    spanId,
    traceId,
    ...(parentId === undefined ? {} : { parentId }),
    name,
    kind: 'INTERNAL',
    type: parentId === undefined ? 'workflow' : 'activity',
    startTime,
    ...(endTime === undefined ? {} : { endTime }),
    status: endTime === undefined ? 'RUNNING' : 'OK',
    attributes: { 'temporal.workflow.id': workflowId },
    events: [],
    links: [],
    resource,
    scope: { name: 'awaited' },
    source: 'observed',
    revision: 0,
    attempt: 1,
  };
}
