import { ApplicationFailure } from '@temporalio/workflow';
import type { RefusalDetails } from '../operation/operation-call.js';
import type { OperationErrorCode } from '../operation/operation-error.js';

/** Fails the workflow task, which the server tries again: on a worker that is set up, the run goes on. */
export class OperationActivitiesMissingError extends Error {
  override readonly name = 'OperationActivitiesMissingError';
  readonly code = 'OPERATION_ACTIVITIES_MISSING';

  constructor(reason: string) {
    super(
      `operation() was called, but ${reason}: give EverspanPlugin operations: { store } on every worker that runs workflows of this task queue`,
    );
  }
}

/** A call that cannot be made, as an error that fails the workflow unless it is caught: the same as what the store refuses. */
export function refusedCall(code: OperationErrorCode, message: string, details: RefusalDetails): ApplicationFailure {
  return ApplicationFailure.create({ message, type: code, nonRetryable: true, details: [details] });
}
