const ISO_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:Z|\+00:00)$/;

/** Microseconds since the epoch as ISO 8601 without a zone, always six digits: `2026-05-11T12:00:00.123456`. */
export function isoFromMicros(micros: number): string {
  const milliseconds = Math.floor(micros / 1_000);
  const rest = String(micros - milliseconds * 1_000).padStart(3, '0');
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest}`;
}

/**
 * Microseconds since the epoch from ISO 8601 in UTC (`Z` or `+00:00`), with up to six digits of a second.
 *
 * @returns `undefined` when `text` is not such a time.
 */
export function microsFromIso(text: string): number | undefined {
  const match = ISO_TIME.exec(text);
  if (match === null) return undefined;
  const wholeSecondsMs = Date.parse(`${match[1]}Z`);
  if (Number.isNaN(wholeSecondsMs)) return undefined;
  return wholeSecondsMs * 1_000 + Number((match[2] ?? '').padEnd(6, '0'));
}
