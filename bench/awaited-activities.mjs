import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { PARENT_HEADER } from './awaited-span.mjs';

/** @typedef {import('./awaited-span.mjs').AwaitedSpan} AwaitedSpan */

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
 * Traces the attempts of a workflow's own activities. A process that is no workflow needs no activity to reach the processor: it
 * calls it, and waits.
 *
 * @param {ReturnType<typeof createAwaitedActivities>} activities
 * @returns {import('@temporalio/worker').ActivityInterceptorsFactory}
 */
export function createAttemptInterceptors({ awaitedStart, awaitedEnd }) {
  return ({ info }) => ({
    inbound: {
      execute: async (input, next) => {
        const payload = input.headers[PARENT_HEADER];
        if (payload === undefined) return next(input);
        /** @type {AwaitedSpan} */
        const parent = defaultPayloadConverter.fromPayload(payload);
        /** @type {AwaitedSpan} */
        const span = {
          ...parent,
          spanId: randomBytes(8).toString('hex'),
          parentId: parent.spanId,
          type: 'attempt',
          name: `attempt ${info.activityType}`,
          startTime: Date.now() * 1_000,
        };
        await awaitedStart(span);
        try {
          return await next(input);
        } finally {
          await awaitedEnd({ ...span, endTime: Date.now() * 1_000 });
        }
      },
    },
  });
}

/**
 * @param {AwaitedSpan} span
 * @param {import('everspan').Attributes} resource
 * @returns {import('everspan').Span}
 */
function wholeSpan({ spanId, traceId, parentId, type, name, workflowId, startTime, endTime }, resource) {
  return {
    spanId,
    traceId,
    ...(parentId === undefined ? {} : { parentId }),
    name,
    kind: 'INTERNAL',
    type,
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
