import type { Span } from '../../src/span/span.js';

interface Step {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly children: Step[];
}

/**
 * The critical path of a tree by its definition, word for word, with recursion and without an index: stand at the end; what ended last
 * below, and not later, was waited for; explain it, and go on at its start.
 */
export function slowestPath(spans: readonly Span[]): string[] {
  const root = spans.find(({ parentId }) => parentId === undefined) as Span;
  const tree = build(spans, root, root.startTime);
  return explain(tree, tree.end)
    .filter(({ start, end }) => end > start)
    .map(({ name, start, end }) => `${name} ${start}-${end}`);
}

// A child starts with its parent at the earliest.
function build(spans: readonly Span[], span: Span, floor: number): Step {
  const start = Math.max(span.startTime, floor);
  const end = Math.max(span.endTime as number, start);
  const children = spans.filter(({ parentId }) => parentId === span.spanId).map((child) => build(spans, child, start));
  return { name: span.name, start, end, children };
}

function explain(step: Step, to: number): { name: string; start: number; end: number }[] {
  const last = step.children
    .filter(({ end }) => end <= to)
    .sort((a, b) => b.end - a.end || b.start - a.start || (a.name < b.name ? -1 : 1))[0];
  if (last === undefined) return [{ name: step.name, start: step.start, end: to }];
  const others = { ...step, children: step.children.filter((child) => child !== last) };
  return [...explain(others, last.start), ...explain(last, last.end), { name: step.name, start: last.end, end: to }];
}
