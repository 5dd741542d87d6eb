import type { Attributes, AttributeValue, Span } from '../span/span.js';

/** A span's attributes for formats of OpenTelemetry's shape, with what that shape has no place for under `everspan.*`. */
export function otelAttributes(span: Span): Attributes {
  const attributes: Record<string, AttributeValue> = {
    ...span.attributes,
    'everspan.type': span.type,
    'everspan.status': span.status,
    'everspan.source': span.source,
    'everspan.attempt': span.attempt,
  };
  if (span.input !== undefined) attributes['everspan.input'] = JSON.stringify(span.input);
  if (span.output !== undefined) attributes['everspan.output'] = JSON.stringify(span.output);
  return attributes;
}
