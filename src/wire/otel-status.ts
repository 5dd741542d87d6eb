import type { SpanStatus } from '../span/span.js';

/**
 * The status as OpenTelemetry knows it; the exact one stands beside it in the attribute `everspan.status`.
 *
 * CANCELED and TERMINATED are UNSET: somebody wanted that end, and error rates would count it. UNKNOWN is UNSET, since nobody
 * knows; RUNNING is, since there is nothing to say yet.
 */
export function otelStatus(status: SpanStatus): 'UNSET' | 'OK' | 'ERROR' {
  return OTEL_STATUS[status];
}

const OTEL_STATUS: Readonly<Record<SpanStatus, 'UNSET' | 'OK' | 'ERROR'>> = {
  RUNNING: 'UNSET',
  OK: 'OK',
  CONTINUED: 'OK',
  ERROR: 'ERROR',
  TIMED_OUT: 'ERROR',
  CANCELED: 'UNSET',
  TERMINATED: 'UNSET',
  UNKNOWN: 'UNSET',
};
