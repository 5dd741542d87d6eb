/**
 * What `work` returns; `undefined` when it throws. For tracing around user code: whatever goes wrong in it, the user's call goes on.
 */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    // The span is lost, and nothing else.
    return undefined;
  }
}
