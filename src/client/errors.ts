/**
 * What can come instead of an answer. The list is closed.
 *
 * - `UNREACHABLE`: no collector answers at the address; `TIMED_OUT`: not in time; `ABORTED`: the caller gave up.
 * - `REFUSED`: the collector said no; `status` and `serverCode` say why. `NOT_FOUND`: there is no such trace or workflow.
 * - `INTERRUPTED`: an answer ended before it was whole.
 * - `INVALID_OPTIONS`: an address, a key or an account that no request could carry.
 */
export type CollectorClientCode =
  | 'UNREACHABLE'
  | 'TIMED_OUT'
  | 'ABORTED'
  | 'REFUSED'
  | 'NOT_FOUND'
  | 'INTERRUPTED'
  | 'INVALID_OPTIONS';

/** A request that brought no answer. Its message holds no key. */
export class CollectorClientError extends Error {
  override readonly name: string = 'CollectorClientError';
  readonly code: CollectorClientCode;
  /** HTTP's, where there was an answer. */
  readonly status: number | undefined;
  /** The collector's own code, e.g. `UNKNOWN_TRACE`. */
  readonly serverCode: string | undefined;

  constructor(
    code: CollectorClientCode,
    message: string,
    facts: { readonly status?: number; readonly serverCode?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.code = code;
    this.status = facts.status;
    this.serverCode = facts.serverCode;
  }
}

/** What is wrong at one place of an answer. */
export type AnswerProblem = 'MISSING' | 'WRONG_TYPE' | 'NOT_JSON';

/** An answer that is not of the shape it should have: of another program, or of a collector that this client does not know. */
export class AnswerShapeError extends Error {
  override readonly name = 'AnswerShapeError';
  readonly code: AnswerProblem;
  /** Where: `spans[3].startTime`; empty for the answer as a whole. */
  readonly field: string;

  constructor(code: AnswerProblem, field: string, message: string) {
    super(message);
    this.code = code;
    this.field = field;
  }
}
