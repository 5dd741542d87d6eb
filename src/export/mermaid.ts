import type { Span } from '../span/span.js';
import { oneLine } from './display-width.js';
import { type ExportOptions, exportedSpans, lastKnownTime } from './export-options.js';
import { buildSpanTrees, type SpanNode } from './span-tree.js';

export interface MermaidOptions extends ExportOptions {
  /** Spans that are drawn, in the tree's order; 200 unless given. Mermaid refuses texts over 50,000 characters. */
  readonly spansMax?: number;
}

const SPANS_MAX = 200;
const NAME_LENGTH = 60;

/**
 * `spans` as a Gantt chart in Mermaid's language, for a README or an issue: one bar a span, failed ones marked critical, open ones active.
 *
 * Mermaid counts in milliseconds. What is left out is counted in a comment at the end.
 */
export function toMermaid(spans: readonly Span[], options: MermaidOptions = {}): string {
  const lastMicros = lastKnownTime(spans);
  const spansMax = options.spansMax ?? SPANS_MAX;
  const lines = ['gantt', '    dateFormat x', '    axisFormat %H:%M:%S.%L'];
  const pending = buildSpanTrees(exportedSpans(spans, options.openSpans ?? true))
    .toReversed()
    .map((node) => ({ node, depth: 0 }));
  let drawn = 0;
  let leftOut = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, depth } = next;
    if (drawn < spansMax) {
      if (depth === 0) lines.push(`    section ${plainText(node.span.name)}`);
      lines.push(taskLine(node, depth, drawn, lastMicros));
      drawn += 1;
    } else leftOut += 1;
    for (const child of node.children.toReversed()) pending.push({ node: child, depth: depth + 1 });
  }
  if (leftOut > 0) lines.push(`    %% ${leftOut} more spans are left out`);
  return `${lines.join('\n')}\n`;
}

function taskLine({ span }: SpanNode, depth: number, index: number, lastMicros: number): string {
  const endMicros = Math.max(span.startTime, span.endTime ?? lastMicros);
  const startMs = Math.floor(span.startTime / 1_000);
  const lengthMs = Math.round(endMicros / 1_000) - startMs;
  const tags = [...statusTag(span), ...(lengthMs <= 0 ? ['milestone'] : [])];
  // The dots show the depth, and keep a span that is named as a word of the language from being taken for it.
  const label = `${'·'.repeat(Math.min(depth, 8) + 1)} ${plainText(span.name)}`;
  return `    ${label} :${[...tags, `s${index}`, startMs, `${Math.max(0, lengthMs)}ms`].join(', ')}`;
}

function statusTag(span: Span): string[] {
  if (span.status === 'ERROR' || span.status === 'TIMED_OUT') return ['crit'];
  if (span.status === 'RUNNING') return ['active'];
  return span.status === 'OK' ? ['done'] : [];
}

// Colons and commas part the fields, `#` and `;` and `%%` begin something else, braces and angles too.
function plainText(name: string): string {
  const text = oneLine(name)
    .replaceAll(/[:;,#%{}<>"`\\]/g, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
  const short = text.length > NAME_LENGTH ? `${text.slice(0, NAME_LENGTH - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;
  return short === '' ? 'no name' : short;
}
