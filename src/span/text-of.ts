/** `value` as text, whatever it is. Never throws. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return String(value);
  } catch {
    // No prototype, a proxy, or nested so deep that the stack ends.
    return '[unreadable]';
  }
}
