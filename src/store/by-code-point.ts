/** The order in which databases put text by its bytes: by code point, where JavaScript compares code units. */
export function byCodePoint(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
