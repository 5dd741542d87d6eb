import { deriveSpanId } from '../../src/span/ids.js';
import type { Span } from '../../src/span/span.js';

export const TRACE_ID = '01981f2a3b4c7d5e8f60718293a4b5c6';

/** An open span; its id follows from its name. */
export function openSpan(name: string, changes: Partial<Span> = {}): Span {
  return {
    spanId: deriveSpanId('run', 'test', name),
    traceId: TRACE_ID,
    name,
    kind: 'INTERNAL',
    type: 'test',
    startTime: 1_700_000_000_000_000,
    status: 'RUNNING',
    attributes: {},
    events: [],
    links: [],
    resource: {},
    scope: { name: 'test' },
    source: 'observed',
    revision: 0,
    attempt: 1,
    ...changes,
  };
}

/** The same span, ended. */
export function endedSpan(name: string, changes: Partial<Span> = {}): Span {
  return openSpan(name, { endTime: 1_700_000_001_000_000, status: 'OK', ...changes });
}
