import type { SpanNode } from './span-tree.js';

/**
 * Microseconds of a span in which none of its children ran. Children count only as far as they lie within it.
 *
 *   parent |---------------------|
 *   a        |------|
 *   b            |------|            overlapping a: that time counts once
 *   c                         |------|   late: only up to the parent's end
 *   self   |-|          |-----|
 */
export function selfMicrosOf(node: SpanNode, lastMicros: number): number {
  const { startTime } = node.span;
  const endMicros = Math.max(startTime, node.span.endTime ?? lastMicros);
  let selfMicros = 0;
  let coveredTo = startTime;
  // Children come by start.
  for (const { span } of node.children) {
    if (span.startTime > coveredTo) selfMicros += Math.min(span.startTime, endMicros) - coveredTo;
    coveredTo = Math.min(endMicros, Math.max(coveredTo, span.endTime ?? lastMicros));
  }
  return selfMicros + Math.max(0, endMicros - coveredTo);
}
