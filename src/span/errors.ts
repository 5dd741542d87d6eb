/** What can be wrong with a span event. The list is closed. */
export type InvalidSpanCode =
  | 'NOT_AN_OBJECT'
  | 'MISSING_FIELD'
  | 'INVALID_FIELD'
  | 'INVALID_SPAN_ID'
  | 'INVALID_TRACE_ID'
  | 'INVALID_TIME'
  | 'STATUS_AND_END_DISAGREE'
  | 'SPAN_ID_MISMATCH'
  | 'TRACE_ID_MISMATCH';

/** A span event that cannot be taken. `code` is for programs, the message names the ids, the value and the limit. */
export class InvalidSpanError extends Error {
  override readonly name = 'InvalidSpanError';
  readonly code: InvalidSpanCode;
  readonly spanId: string | undefined;

  constructor(code: InvalidSpanCode, message: string, spanId?: string) {
    super(message);
    this.code = code;
    this.spanId = spanId;
  }
}

/** A fault in everspan itself, never in its input. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** @throws InvariantError when `condition` is false, which only a bug of ours can bring about. */
export function invariant(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new InvariantError(sentence);
}
