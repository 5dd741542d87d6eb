import { InvalidArgumentError } from 'commander';

const UNIT_MICROS: Readonly<Record<string, number>> = {
  us: 1,
  µs: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  min: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};

/** `500ms`, `1.5s`, `2h` in microseconds. @throws InvalidArgumentError that says what is wanted. */
export function parseDurationMicros(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(us|µs|ms|s|m|min|h|d)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('a length of time like 500ms, 2s, 15m, 3h or 7d is wanted.');
  return Math.round(Number(match[1]) * (UNIT_MICROS[match[2] as string] as number));
}

/**
 * A moment in microseconds since the epoch: ISO 8601 (UTC where it names no zone), or how long ago (`2h`).
 *
 * @param nowMs - Milliseconds since the epoch.
 * @throws InvalidArgumentError that says what is wanted.
 */
export function parseMomentMicros(text: string, nowMs: number = Date.now()): number {
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const hasTime = /[T ]\d{2}:/.test(text);
    const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text);
    const ms = Date.parse(hasTime && !hasZone ? `${text.replace(' ', 'T')}Z` : text);
    if (!Number.isNaN(ms)) return ms * 1_000;
  } else if (/^\d/.test(text)) {
    return Math.max(0, nowMs * 1_000 - parseDurationMicros(text));
  }
  throw new InvalidArgumentError('a time like 2026-05-11T12:00:00Z, or how long ago like 2h, is wanted.');
}

/** A whole number from 1. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < 1) {
    throw new InvalidArgumentError('a whole number from 1 is wanted.');
  }
  return count;
}

/** A port, 0 for any that is free. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('a port from 0 to 65535 is wanted.');
  return port;
}
