import { OperationError, type OperationErrorCode } from '../operation/operation-error.js';

/** A call that failed, as far as its message tells of it. */
export interface FailedCall {
  /** What it was about; by default the operation and the request. */
  readonly subject?: string | undefined;
  readonly isWrite?: boolean;
  readonly operationId?: string | undefined;
  readonly requestId?: string | undefined;
}

/**
 * What Redis answers in place of a reply. In none of these cases anything was written: the first write of a script is what fails.
 *
 * The word is at the beginning, or behind what Redis 6 puts before an error inside a script.
 */
const ANSWERS: readonly { readonly says: RegExp; readonly code: OperationErrorCode; readonly advice: string }[] = [
  {
    says: /\b(?:READONLY|MISCONF|NOREPLICAS)\b/,
    code: 'STORE_READ_ONLY',
    advice: 'it takes no writes: address the master, or let it save and replicate again',
  },
  {
    says: /\bOOM\b/,
    code: 'STORE_OUT_OF_MEMORY',
    advice: 'raise maxmemory, or let it evict other keys (volatile-ttl would evict operations)',
  },
  {
    says: /\bWRONGTYPE\b/,
    code: 'OPERATION_CORRUPT',
    advice: 'the key holds something of another kind: use a prefix of your own',
  },
  {
    says: /\b(?:NOAUTH|WRONGPASS|NOPERM|DENIED)\b/,
    code: 'STORE_UNAVAILABLE',
    advice: 'it refuses this user: check user, password and rights',
  },
  { says: /\bCROSSSLOT\b/, code: 'INVALID_OPTION', advice: 'on a Cluster the keys need their hash tag: leave `hashTag` on' },
];

/** Whether the server does not know the script by its hash. */
export function isNoScript(error: unknown): boolean {
  return error instanceof Error && /\bNOSCRIPT\b/.test(error.message) && error.name === 'ReplyError';
}

/** No answer in time. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly code = 'NO_ANSWER';

  constructor(timeoutMs: number) {
    super(`none within ${timeoutMs.toLocaleString('en')} ms`);
  }
}

/** The named error for what a Redis client threw. */
export function failureOf(error: unknown, call: FailedCall): OperationError {
  const message = error instanceof Error ? error.message : String(error);
  if (isAnswer(error)) {
    const answer = ANSWERS.find(({ says }) => says.test(message));
    const code = answer?.code ?? 'STORE_UNAVAILABLE';
    return new OperationError(
      code,
      `${subjectOf(call)}: Redis answered "${cut(message)}"; ${answer?.advice ?? 'nothing was written; try again, and look at the server when it goes on'}`,
      {
        ...call,
        cause: error,
      },
    );
  }
  if (call.isWrite !== true) return unreachable(call, cut(message), error);
  return new OperationError(
    'WRITE_UNDECIDED',
    `${subjectOf(call)}: sent to Redis, and no answer came (${cut(message)}): it was written, or it was not; send it again with the same request id${call.requestId === undefined ? '' : ` (${call.requestId})`} to find out`,
    { ...call, cause: error },
  );
}

/** `STORE_UNAVAILABLE`: nothing was sent. */
export function unreachable(call: FailedCall, reason: string, cause: unknown): OperationError {
  const last = cause instanceof Error && cause.message !== reason ? ` (${cut(cause.message)})` : '';
  return new OperationError(
    'STORE_UNAVAILABLE',
    `${subjectOf(call)}: no Redis, ${reason}${last}; check that it runs and that this process may reach it`,
    { ...call, cause },
  );
}

/** `STORE_UNAVAILABLE`, after `close`. */
export function storeClosed(call: FailedCall): OperationError {
  return new OperationError('STORE_UNAVAILABLE', `${subjectOf(call)}: the store has been closed; open another`, call);
}

function subjectOf({ subject, operationId, requestId }: FailedCall): string {
  if (subject !== undefined) return subject;
  return requestId === undefined ? `operation ${operationId}` : `operation ${operationId}, request ${requestId}`;
}

/** Whether the server has said so itself; all else is a connection's end, or silence. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

function cut(message: string): string {
  return message.length > 300 ? `${message.slice(0, 299)}…` : message;
}
