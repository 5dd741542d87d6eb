/**
 * A trace that is not as expected. The message says what differs and shows the trace.
 *
 * A plain error to test runners, which print its message. Those that look for Node's own assertion errors (by `name` or `code`) would add the two values
 * that were compared, of which there are none.
 */
export class TraceAssertionError extends Error {
  override readonly name = 'TraceAssertionError';
  readonly code = 'TRACE_MISMATCH';
}
