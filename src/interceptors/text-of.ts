/** `value` as text, also where plain JavaScript hands in something else. Throws only for what has no text form at all. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : String(value);
}
