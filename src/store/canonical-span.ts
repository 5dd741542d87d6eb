import type { Span } from '../span/span.js';

/**
 * What `canonicalJson` says of a valid span, the same text, several times as fast.
 *
 * Sorted objects are left as they are, others are copied in order, and one `JSON.stringify` writes them all. Names that look like whole
 * numbers are listed first by every engine, whatever the order they were set in: where one is not in place, it is no use, and the text
 * is `undefined`.
 */
export function canonicalSpanText(span: Span): string | undefined {
  const arranged: Arranging = { isPossible: true };
  const ordered = {
    attempt: span.attempt,
    attributes: arrange(span.attributes, arranged),
    endTime: span.endTime,
    events: arrange(span.events, arranged),
    input: arrange(span.input, arranged),
    kind: span.kind,
    links: arrange(span.links, arranged),
    name: span.name,
    output: arrange(span.output, arranged),
    parentId: span.parentId,
    resource: arrange(span.resource, arranged),
    revision: span.revision,
    scope: arrange(span.scope, arranged),
    source: span.source,
    spanId: span.spanId,
    startTime: span.startTime,
    status: span.status,
    statusMessage: span.statusMessage,
    traceId: span.traceId,
    type: span.type,
  };
  // A field that this list does not know would be lost.
  for (const key of Object.keys(span)) if (!Object.hasOwn(ordered, key)) return undefined;
  return arranged.isPossible ? JSON.stringify(ordered) : undefined;
}

interface Arranging {
  isPossible: boolean;
}

function arrange(value: unknown, arranging: Arranging): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return arrangeList(value, arranging);
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record);
  let isSorted = true;
  for (let index = 1; index < keys.length; index += 1) {
    if ((keys[index] as string) < (keys[index - 1] as string)) isSorted = false;
  }
  if (!isSorted) keys.sort();
  let copy: Record<string, unknown> | undefined = isSorted ? undefined : {};
  for (const key of keys) {
    const member = record[key];
    const arranged = typeof member === 'object' ? arrange(member, arranging) : member;
    if (copy === undefined && arranged !== member) copy = { ...record };
    if (copy !== undefined) {
      if (key === '__proto__' || (!isSorted && /^\d/.test(key))) arranging.isPossible = false;
      copy[key] = arranged;
    }
  }
  return copy ?? value;
}

function arrangeList(list: readonly unknown[], arranging: Arranging): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (const [index, member] of list.entries()) {
    const arranged = arrange(member, arranging);
    if (arranged === member) continue;
    copy ??= [...list];
    copy[index] = arranged;
  }
  return copy ?? list;
}
