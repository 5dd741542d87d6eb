import { mergeSpan } from '../span/merge-span.js';
import type { Span } from '../span/span.js';

/**
 * `spans` with each span once: of several events of one span, the greater (see `mergeSpan`), in the place of the first.
 *
 * A store that lets the last write win would keep whichever stands last in the batch; one that only inserts would refuse it.
 */
export function mergeDuplicates(spans: readonly Span[]): readonly Span[] {
  const byId = new Map<string, Span>();
  for (const span of spans) {
    const key = `${span.traceId} ${span.spanId}`;
    byId.set(key, mergeSpan(byId.get(key), span));
  }
  return byId.size === spans.length ? spans : [...byId.values()];
}
