/**
 * A trace that is not as expected. The message says what differs and shows the trace.
 *
 * Named and coded as Node's own assertion errors are, so that test runners print it as a failed assertion.
 */
export class TraceAssertionError extends Error {
  override readonly name = 'AssertionError';
  readonly code = 'ERR_ASSERTION';
}
