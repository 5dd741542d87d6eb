/**
 * Workflow interceptors that trace as the Python integration does: before each span an activity START that is awaited, after it an
 * activity END that is awaited, both remote.
 */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';

/** @typedef {import('./awaited-activities.mjs').AwaitedSpan} AwaitedSpan */

const OWN_ACTIVITIES = ['awaitedStart', 'awaitedEnd'];

/** @type {import('@temporalio/workflow').ActivityInterfaceFor<ReturnType<typeof import('./awaited-activities.mjs').createAwaitedActivities>>} */
const { awaitedStart, awaitedEnd } = proxyActivities({ startToCloseTimeout: '10 seconds' });

/** @type {import('@temporalio/workflow').WorkflowInterceptorsFactory} */
export const interceptors = () => {
  let spans = 0;

  /**
   * @template T
   * @param {string} name
   * @param {string | undefined} parentId
   * @param {() => Promise<T>} work
   */
  const traced = async (name, parentId, work) => {
    spans += 1;
    const spanId = spans.toString(16).padStart(16, '0');
    const { runId, workflowId } = workflowInfo();
    /** @type {AwaitedSpan} */
    const span = { spanId, traceId: runId.replaceAll('-', ''), parentId, name, workflowId, startTime: Date.now() * 1_000 };
    await awaitedStart(span);
    try {
      return await work();
    } finally {
      await awaitedEnd({ ...span, endTime: Date.now() * 1_000 });
    }
  };

  const rootId = '1'.padStart(16, '0');
  return {
    inbound: [{ execute: (input, next) => traced(`workflow ${workflowInfo().workflowType}`, undefined, () => next(input)) }],
    outbound: [
      {
        scheduleActivity: (input, next) =>
          OWN_ACTIVITIES.includes(input.activityType)
            ? next(input)
            : traced(`activity ${input.activityType}`, rootId, () => next(input)),
      },
    ],
  };
};
