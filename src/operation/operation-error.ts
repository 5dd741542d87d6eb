/**
 * What can go wrong with an operation, and whether the same call may be tried again. The list is closed.
 *
 * - `NO_SUCH_OPERATION`: never created, or past its time to live. Nothing brings it back but a new `create`.
 * - `ALREADY_EXISTS`: created before, by another request.
 * - `ILLEGAL_TRANSITION`: the table has no such step. The message names both states and the legal ones.
 * - `STALE_EPOCH`: another has claimed or reclaimed the operation since.
 * - `VERSION_CHANGED`: somebody has written since the version that the call was about.
 * - `RESERVED_METADATA`: a metadata field would overwrite one of ours.
 * - `CHECKPOINT_TOO_LARGE`, `CHECKPOINT_CORRUPT`: over a limit; not what was saved.
 * - `OPERATION_CORRUPT`: what the store holds under the operation's key is no operation.
 * - `STORE_UNAVAILABLE`: not reached; nothing was written.
 * - `STORE_READ_ONLY`: reached, but takes no writes: a replica, or a store that cannot save; nothing was written.
 * - `STORE_OUT_OF_MEMORY`: nothing was written.
 * - `WRITE_UNDECIDED`: sent, and no answer came: written or not. The same request id finds out.
 * - `NO_CURRENT_OPERATION`: the calling code works for no operation.
 * - `INVALID_…`: a bad argument.
 */
const IS_RETRIED = {
  NO_SUCH_OPERATION: false,
  ALREADY_EXISTS: false,
  ILLEGAL_TRANSITION: false,
  STALE_EPOCH: false,
  VERSION_CHANGED: false,
  RESERVED_METADATA: false,
  CHECKPOINT_TOO_LARGE: false,
  CHECKPOINT_CORRUPT: false,
  OPERATION_CORRUPT: false,
  STORE_UNAVAILABLE: true,
  STORE_READ_ONLY: true,
  STORE_OUT_OF_MEMORY: true,
  WRITE_UNDECIDED: true,
  NO_CURRENT_OPERATION: false,
  INVALID_OPERATION_ID: false,
  INVALID_REQUEST_ID: false,
  INVALID_STATE: false,
  INVALID_METADATA: false,
  INVALID_CHECKPOINT: false,
  INVALID_LIMIT: false,
  INVALID_CURSOR: false,
  INVALID_OPTION: false,
} as const satisfies Record<string, boolean>;

export type OperationErrorCode = keyof typeof IS_RETRIED;

/** The codes of failures that no retry mends: what crosses Temporal with one of them is marked as not to be retried. */
export const NEVER_RETRIED_CODES: readonly OperationErrorCode[] = (Object.keys(IS_RETRIED) as OperationErrorCode[]).filter(
  (code) => !IS_RETRIED[code],
);

/** Why a call on an operation failed. `code` is for programs; the message names the ids, the values, and what to do. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  readonly code: OperationErrorCode;
  readonly operationId: string | undefined;
  readonly requestId: string | undefined;

  constructor(
    code: OperationErrorCode,
    message: string,
    facts: { readonly operationId?: string | undefined; readonly requestId?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.code = code;
    this.operationId = facts.operationId;
    this.requestId = facts.requestId;
  }

  /** Whether the same call, with the same request id, may succeed later. */
  get isRetryable(): boolean {
    return IS_RETRIED[this.code];
  }
}
