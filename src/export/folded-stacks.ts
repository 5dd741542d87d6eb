import type { Span } from '../span/span.js';
import { type ExportOptions, exportedSpans, lastKnownTime } from './export-options.js';
import { selfMicrosOf } from './self-time.js';
import { buildSpanTrees } from './span-tree.js';

/** Deeper frames than this are one frame `…`: flame graphs draw no more, and each line repeats its whole stack. */
const FRAMES_MAX = 128;

/**
 * `spans` as folded stacks, `workflow;activity;attempt 1200` a line: names from the root down, and microseconds spent there and in none of
 * its children. What flamegraph.pl, inferno and speedscope read.
 *
 * Equal stacks are summed; stacks without time of their own are left out. An open span, unless left out, lasts to the end of what is known.
 */
export function* toFoldedStacks(spans: readonly Span[], options: ExportOptions = {}): Generator<string> {
  const lastMicros = lastKnownTime(spans);
  const microsByStack = new Map<string, number>();
  const pending = buildSpanTrees(exportedSpans(spans, options.openSpans ?? true))
    .toReversed()
    .map((node) => ({ node, above: '', depth: 1 }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, above, depth } = next;
    const stack = depth > FRAMES_MAX ? above : above + (depth === FRAMES_MAX ? '…' : frame(node.span.name));
    microsByStack.set(stack, (microsByStack.get(stack) ?? 0) + selfMicrosOf(node, lastMicros));
    const childAbove = depth >= FRAMES_MAX ? stack : `${stack};`;
    for (const child of node.children.toReversed()) pending.push({ node: child, above: childAbove, depth: depth + 1 });
  }
  for (const [stack, micros] of microsByStack) if (micros > 0) yield `${stack} ${micros}\n`;
}

// A semicolon parts frames, and a line break parts stacks.
function frame(name: string): string {
  const text = name
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(';', ',')
    .trim();
  return text === '' ? '(no name)' : text;
}
