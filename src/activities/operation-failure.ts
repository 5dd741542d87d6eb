import { ApplicationFailure } from '@temporalio/common';
import type { RefusalDetails } from '../operation/operation-call.js';
import { OperationError } from '../operation/operation-error.js';

/**
 * `thrown` as it crosses Temporal, where it is an operation's error: an `ApplicationFailure` with the code as its type, that is retried only where the same
 * call may succeed later. Anything else comes back as it is.
 */
export function operationFailure(thrown: unknown, details?: RefusalDetails): unknown {
  const error = asOperationError(thrown);
  if (error === undefined) return thrown;
  const { operationId } = error;
  const facts = details ?? (operationId === undefined ? undefined : { operationId });
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: !error.isRetryable,
    ...(facts === undefined ? {} : { details: [facts] }),
  });
}

/** `thrown`, where it is an operation's error; by its shape, as a store may come from another copy of this package. */
export function asOperationError(
  thrown: unknown,
): Pick<OperationError, 'code' | 'message' | 'operationId' | 'isRetryable' | 'name'> | undefined {
  if (thrown instanceof OperationError) return thrown;
  const { name, code, isRetryable } = (thrown ?? {}) as Partial<OperationError>;
  return name === 'OperationError' && typeof code === 'string' && typeof isRetryable === 'boolean'
    ? (thrown as OperationError)
    : undefined;
}
