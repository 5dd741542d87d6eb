import { isoFromMicros } from '../wire/iso-time.js';

/** Microseconds since the epoch as SGP writes them: `2026-05-11T12:00:00.123456+00:00`; a whole second has no fraction. */
export function sgpTimestamp(micros: number): string {
  return `${isoFromMicros(micros).replace('.000000', '')}+00:00`;
}
