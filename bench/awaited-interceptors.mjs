/**
 * Workflow interceptors that trace as the Python integration does: before each span an activity START that is awaited, after it an
 * activity END that is awaited, both remote.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { PARENT_HEADER } from './awaited-span.mjs';

/** @typedef {import('./awaited-span.mjs').AwaitedSpan} AwaitedSpan */

const OWN_ACTIVITIES = ['awaitedStart', 'awaitedEnd'];

/** @type {import('@temporalio/workflow').ActivityInterfaceFor<ReturnType<typeof import('./awaited-activities.mjs').createAwaitedActivities>>} */
const { awaitedStart, awaitedEnd } = proxyActivities({ startToCloseTimeout: '10 seconds' });

/** @type {import('@temporalio/workflow').WorkflowInterceptorsFactory} */
export const interceptors = () => {
  let spans = 0;

  /**
   * @template T
   * @param {Pick<AwaitedSpan, 'type' | 'name' | 'parentId'>} what
   * @param {(span: AwaitedSpan) => Promise<T>} work
   */
  const traced = async ({ type, name, parentId }, work) => {
    spans += 1;
    const spanId = spans.toString(16).padStart(16, '0');
    const { runId, workflowId } = workflowInfo();
    /** @type {AwaitedSpan} */
    const span = { spanId, traceId: runId.replaceAll('-', ''), parentId, type, name, workflowId, startTime: Date.now() * 1_000 };
    await awaitedStart(span);
    try {
      return await work(span);
    } finally {
      await awaitedEnd({ ...span, endTime: Date.now() * 1_000 });
    }
  };

  const rootId = '1'.padStart(16, '0');
  return {
    inbound: [
      {
        execute: (input, next) =>
          traced({ type: 'workflow', name: `workflow ${workflowInfo().workflowType}`, parentId: undefined }, () => next(input)),
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) =>
          OWN_ACTIVITIES.includes(input.activityType)
            ? next(input)
            : traced({ type: 'activity', name: `activity ${input.activityType}`, parentId: rootId }, (span) =>
                next({ ...input, headers: { ...input.headers, [PARENT_HEADER]: defaultPayloadConverter.toPayload(span) } }),
              ),
      },
    ],
  };
};
