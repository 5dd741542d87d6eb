/** What can be wrong with a whole batch. The list is closed; what is wrong with one span of it has the codes of `InvalidSpanError`. */
export type InvalidSpanBatchCode =
  | 'NOT_AN_OBJECT'
  | 'UNKNOWN_VERSION'
  | 'INVALID_TRACE_ID'
  | 'INVALID_SHARED'
  | 'INVALID_SPANS'
  | 'INVALID_DROPPED';

/** A batch of which no span can be read. Its message names the field and the value. */
export class InvalidSpanBatchError extends Error {
  override readonly name = 'InvalidSpanBatchError';
  readonly code: InvalidSpanBatchCode;

  constructor(code: InvalidSpanBatchCode, message: string) {
    super(message);
    this.code = code;
  }
}
