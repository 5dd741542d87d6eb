/** A length of time to read: `450 µs`, `12 ms`, `1.5 s`, `2 min 5 s`, `3 h 10 min`. What is negative is shown as nothing. */
export function durationText(durationMicros: number): string {
  const micros = Math.max(0, durationMicros);
  if (micros < 1_000) return `${micros} µs`;
  if (micros < 10_000) return `${(micros / 1_000).toFixed(1)} ms`;
  if (micros < 1_000_000) return `${Math.round(micros / 1_000)} ms`;
  if (micros < 60_000_000) return `${(micros / 1_000_000).toFixed(1)} s`;
  const seconds = Math.round(micros / 1_000_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}
