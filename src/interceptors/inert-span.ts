import type { ActiveSpan } from '../workflows/with-span.js';

const nothing = () => {};

/** A span that takes everything and keeps nothing, for code that is not traced. */
export function inertSpan(traceId = '', spanId = ''): ActiveSpan {
  return {
    traceId,
    spanId,
    setAttribute: nothing,
    setAttributes: nothing,
    addEvent: nothing,
    addLink: nothing,
    setOutput: nothing,
    setStatus: nothing,
  };
}
