import { AsyncLocalStorage } from 'node:async_hooks';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { operationHeader, type OperationMention } from '../operation/operation-header.js';
import { OPERATION_HEADER } from '../wire/activity-names.js';

/** The operation that the code outside Temporal which runs now hands to the workflows that it starts. */
export const clientOperation = new AsyncLocalStorage<OperationMention>();

/** Hands the operation on with whatever starts a workflow, and traces nothing. A header that is there already stays. */
export function createOperationClientInterceptor(): Required<
  Pick<WorkflowClientInterceptor, 'startWithDetails' | 'signalWithStart' | 'startUpdateWithStart'>
> {
  return {
    startWithDetails: (input, next) => next({ ...input, headers: withClientOperation(input.headers) }),
    signalWithStart: (input, next) => next({ ...input, headers: withClientOperation(input.headers) }),
    startUpdateWithStart: (input, next) =>
      next({ ...input, workflowStartHeaders: withClientOperation(input.workflowStartHeaders) }),
  };
}

/** `headers` of a call that starts a workflow, with the operation that is handed to it. */
export function withClientOperation(headers: Headers): Headers {
  const mention = clientOperation.getStore();
  if (mention === undefined || headers[OPERATION_HEADER] !== undefined) return headers;
  return { ...headers, [OPERATION_HEADER]: defaultPayloadConverter.toPayload(operationHeader([mention])) };
}
