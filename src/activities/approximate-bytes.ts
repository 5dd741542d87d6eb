import type { Span } from '../span/span.js';

/** Roughly the bytes that `span` keeps in memory or takes as JSON; cheap, because every queued span is measured. */
export function approximateSpanBytes(span: Span): number {
  return (
    SPAN_BASE_BYTES +
    span.name.length +
    (span.statusMessage?.length ?? 0) +
    approximateBytes(span.attributes) +
    approximateBytes(span.events) +
    approximateBytes(span.links) +
    approximateBytes(span.input) +
    approximateBytes(span.output)
  );
}

// Ids, times, the shared resource and scope.
const SPAN_BASE_BYTES = 500;

function approximateBytes(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const member of value) bytes += approximateBytes(member) + 1;
    return bytes;
  }
  for (const key in value) bytes += key.length + 4 + approximateBytes((value as Record<string, unknown>)[key]);
  return bytes;
}
