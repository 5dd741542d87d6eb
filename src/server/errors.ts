/** What a collector cannot be, or be asked. The list is closed; programs read it in `error.code` of an answer. */
export type CollectorCode =
  | 'KEYS_REQUIRED'
  | 'INVALID_OPTIONS'
  | 'ADDRESS_IN_USE'
  | 'NO_KEY'
  | 'UNKNOWN_KEY'
  | 'FOREIGN_ACCOUNT'
  | 'ACCOUNT_NEEDED'
  | 'INVALID_ACCOUNT'
  | 'FOREIGN_ORIGIN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'UNSUPPORTED_ENCODING'
  | 'BODY_TOO_LARGE'
  | 'BODY_BROKEN'
  | 'INVALID_UTF8'
  | 'INVALID_JSON'
  | 'INVALID_PROTOBUF'
  | 'INVALID_QUERY'
  | 'INVALID_BODY'
  | 'INVALID_ID'
  | 'INVALID_ROW'
  | 'ROW_TOO_LARGE'
  | 'TOO_MANY_ROWS'
  | 'PARENT_CONFLICT'
  | 'END_MOVED_BACK'
  | 'OTHER_SOURCE'
  | 'UNKNOWN_SPAN'
  | 'UNKNOWN_TRACE'
  | 'UNKNOWN_WORKFLOW'
  | 'UNKNOWN_TYPE'
  | 'WORKFLOW_NEEDED'
  | 'TASK_OF_ANOTHER'
  | 'TRACE_TOO_LARGE'
  | 'TOO_MANY_READERS'
  | 'STOPPING'
  | 'BUSY'
  | 'STORE_UNAVAILABLE'
  | 'STORE_FAILED'
  | 'INTERNAL';

/** Facts beside code and message. */
export interface CollectorErrorOptions {
  /** Seconds after which the same request may succeed. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** A request that is refused, or a collector that cannot start. `status` is HTTP's. */
export class CollectorError extends Error {
  override readonly name = 'CollectorError';
  readonly code: CollectorCode;
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, code: CollectorCode, message: string, options: CollectorErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
