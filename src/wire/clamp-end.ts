import type { Attributes, Span } from '../span/span.js';
import { isoFromMicros } from './iso-time.js';

/**
 * `span` with its end moved up to its start where clocks of two machines put it before, and the times as they were handed in
 * kept in attributes. Any other span comes back as it is.
 *
 * Some back ends refuse a whole request for one span of negative length.
 */
export function clampEnd(span: Span): Span {
  if (span.endTime === undefined || span.endTime >= span.startTime) return span;
  const unclamped: Attributes = {
    'everspan.unclamped_start_time': `${isoFromMicros(span.startTime)}Z`,
    'everspan.unclamped_end_time': `${isoFromMicros(span.endTime)}Z`,
  };
  // First, so that a limit on attributes does not cut them off.
  return { ...span, endTime: span.startTime, attributes: { ...unclamped, ...span.attributes } };
}
