import type { Span } from '../span/span.js';

/** A span and the spans that name it as their parent, earliest first. */
export interface SpanNode {
  readonly span: Span;
  readonly children: readonly SpanNode[];
}

/**
 * `spans` as trees, earliest root first.
 *
 * A span whose parent is not among them is a root; so is one span of each ring of parents. Of two with the same trace and span id
 * each gets a place, the children go to the first.
 */
export function buildSpanTrees(spans: readonly Span[]): SpanNode[] {
  const ordered = spans.toSorted((a, b) => a.startTime - b.startTime);
  const nodes = ordered.map((span): GrowingNode => ({ span, children: [] }));
  const firstById = new Map<string, GrowingNode>();
  for (const node of nodes)
    if (!firstById.has(keyOf(node.span, node.span.spanId))) firstById.set(keyOf(node.span, node.span.spanId), node);

  const parentOf = (node: GrowingNode): GrowingNode | undefined =>
    node.span.parentId === undefined ? undefined : firstById.get(keyOf(node.span, node.span.parentId));
  const roots = new Set(nodes.filter((node) => parentOf(node) === undefined));
  const reached = new Set<SpanNode>();
  for (const node of nodes) {
    // Going up ends at a root, or comes back to where it has been: then the ring is opened there.
    const path = new Set<SpanNode>();
    let above: GrowingNode | undefined = node;
    while (above !== undefined && !reached.has(above) && !roots.has(above)) {
      if (path.has(above)) {
        roots.add(above);
        break;
      }
      path.add(above);
      above = parentOf(above);
    }
    for (const passed of path) reached.add(passed);
  }
  for (const node of nodes) if (!roots.has(node)) parentOf(node)?.children.push(node);
  return nodes.filter((node) => roots.has(node));
}

interface GrowingNode {
  readonly span: Span;
  readonly children: GrowingNode[];
}

function keyOf(span: Span, spanId: string): string {
  return `${span.traceId}/${spanId}`;
}
