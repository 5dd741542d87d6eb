import { cleanText } from '../span/clean-value.js';
import { NAME_LENGTH_MAX } from '../span/limits.js';
import type { Span } from '../span/span.js';
import { sgpSpanType } from './sgp-span-type.js';

/**
 * What SGP's own fields do not tell apart, as entries of its metadata: the exact status, and which kind of step the span is. Readers of a trace need
 * to know which span is the workflow and which an attempt.
 */
export function sgpExactFields(span: Span): [string, string][] {
  const fields: [string, string][] = [];
  if (span.status !== 'RUNNING' && span.status !== 'OK') fields.push(['everspan.status', span.status]);
  if (span.type !== sgpSpanType(span.attributes['__span_type__'])) {
    fields.push(['everspan.type', cleanText(span.type, NAME_LENGTH_MAX)]);
  }
  if (span.kind !== 'INTERNAL') fields.push(['everspan.kind', span.kind]);
  return fields;
}
