import type { Span } from '../span/span.js';
import { cutText, displayWidth, fitText, oneLine } from './display-width.js';
import { durationText } from './duration-text.js';
import { groupByTrace } from './group-by-trace.js';
import { buildSpanTrees, type SpanNode } from './span-tree.js';

export interface FormatTraceOptions {
  /** Characters that a line may take; 100 unless given. Names are cut and the bars shrink to fit, down to 40. */
  readonly width?: number;
  /** More columns, by heading: what each shows of a span. */
  readonly columns?: Readonly<Record<string, (span: Span) => string | number | undefined>>;
  /** Colours a part of a line; it must not change how wide the part is. */
  readonly paint?: (text: string, part: TracePart, span: Span) => string;
}

/** What of a line `paint` is asked about. */
export type TracePart = 'name' | 'status' | 'bar';

/**
 * Spans as a tree to read: name, type, status, duration, a bar on the trace's time line.
 *
 * ```ts
 * console.log(formatTrace(memory.spans(), { columns: { pid: (span) => String(span.resource['process.pid']) } }));
 * ```
 * ```text
 * span                type      status    duration  pid
 * greet               workflow  OK          120 ms  4711  |████████████████████|
 * ├─ compose          activity  OK           80 ms  4711  |   █████████████    |
 * │  └─ attempt 2     attempt   OK           30 ms  4712  |           █████    |
 * └─ wait             timer     RUNNING          …  4711  |                ███>|
 * ```
 *
 * @param spans - In any order; of several traces each gets its own time line, after a line with its id.
 */
export function formatTrace(spans: readonly Span[], options: FormatTraceOptions = {}): string {
  if (spans.length === 0) return '(no spans)';
  const traces = groupByTrace(spans);
  return [...traces]
    .map(([traceId, ofTrace]) => {
      const table = formatOneTrace(ofTrace, options);
      return traces.size === 1 ? table : `trace ${traceId}\n${table}`;
    })
    .join('\n\n');
}

const WIDTH_DEFAULT = 100;
const WIDTH_MIN = 40;
const NAME_WIDTH_MIN = 12;
const BAR_WIDTH_MIN = 8;
const BAR_WIDTH_MAX = 40;
const GAP = '  ';

function formatOneTrace(spans: readonly Span[], options: FormatTraceOptions): string {
  const width = Math.max(WIDTH_MIN, options.width ?? WIDTH_DEFAULT);
  const paint = options.paint ?? ((text) => text);
  const extra = Object.entries(options.columns ?? {});
  const lines = flatten(buildSpanTrees(spans));
  const headings = ['type', 'status', 'duration', ...extra.map(([heading]) => oneLine(heading))];
  const rows = lines.map(({ span }) => [
    oneLine(span.type),
    span.status,
    span.endTime === undefined ? '…' : durationText(span.endTime - span.startTime),
    ...extra.map(([, show]) => cellText(show(span))),
  ]);
  const cellWidths = headings.map((heading, column) => widest([heading, ...rows.map((row) => row[column] as string)]));
  const cellsWidth = cellWidths.reduce((sum, cellWidth) => sum + cellWidth, GAP.length * (cellWidths.length - 1));

  const names = lines.map((line) => line.prefix + oneLine(line.span.name));
  // Names first, then the bar: a trace is read by its names, and the bar says as much when it is short.
  const spare = width - cellsWidth - GAP.length * 2 - 2;
  const nameWidth = Math.max(NAME_WIDTH_MIN, Math.min(widest(['span', ...names]), spare - BAR_WIDTH_MIN));
  const barWidth = Math.min(BAR_WIDTH_MAX, spare - nameWidth);
  const bars = bar(
    lines.map((line) => line.span),
    barWidth,
  );
  const cellsOf = (row: readonly string[]): string[] =>
    row.map((cell, column) => alignCell(cell, column, cellWidths[column] as number));
  const heading = cutText([fitText('span', nameWidth), ...cellsOf(headings)].join(GAP), width).trimEnd();
  return [
    heading,
    ...lines.map(({ span }, index) => {
      const cells = cellsOf(rows[index] as string[]);
      const plain = [fitText(names[index] as string, nameWidth), ...cells, bars[index] as string];
      // Too narrow for the columns that were asked for: what is cut off is not painted either.
      if (displayWidth(plain.join(GAP).trimEnd()) > width) return cutText(plain.join(GAP), width).trimEnd();
      const [name, type, status, ...rest] = plain as [string, string, string, ...string[]];
      const barText = rest.pop() as string;
      const painted = [paint(name, 'name', span), type, paint(status, 'status', span), ...rest];
      if (barText !== '') painted.push(paint(barText, 'bar', span));
      return painted.join(GAP).trimEnd();
    }),
  ].join('\n');
}

const DURATION_COLUMN = 2;

function alignCell(cell: string, column: number, width: number): string {
  return column === DURATION_COLUMN ? ' '.repeat(width - displayWidth(cell)) + cell : fitText(cell, width);
}

interface TreeLine {
  readonly prefix: string;
  readonly span: Span;
}

/** Deeper than this, a line says its depth instead of drawing it: the drawing would leave no room for the name. */
const DRAWN_DEPTH_MAX = 16;

// With a stack of its own: a chain of spans can be deeper than calls may be.
function flatten(roots: readonly SpanNode[]): TreeLine[] {
  const lines: TreeLine[] = [];
  const pending = roots.toReversed().map((node) => ({ node, depth: 0, prefix: '', childPrefix: '' }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, depth, prefix, childPrefix } = next;
    lines.push({ prefix, span: node.span });
    for (let index = node.children.length - 1; index >= 0; index -= 1) {
      const child = { node: node.children[index] as SpanNode, depth: depth + 1 };
      const isLast = index === node.children.length - 1;
      if (depth >= DRAWN_DEPTH_MAX) pending.push({ ...child, prefix: `(${depth + 1}) `, childPrefix: '' });
      else if (isLast) pending.push({ ...child, prefix: `${childPrefix}└─ `, childPrefix: `${childPrefix}   ` });
      else pending.push({ ...child, prefix: `${childPrefix}├─ `, childPrefix: `${childPrefix}│  ` });
    }
  }
  return lines;
}

/**
 * One bar per span, on a time line from the first start to the last time that any span tells.
 *
 *   |   ████    |   began and ended
 *   |   ███████>|   still open: drawn to the end of what is known
 */
function bar(spans: readonly Span[], width: number): string[] {
  if (width < BAR_WIDTH_MIN) return spans.map(() => '');
  const firstMicros = spans.reduce((first, span) => Math.min(first, span.startTime), Number.POSITIVE_INFINITY);
  const lastMicros = spans.reduce((last, span) => Math.max(last, span.startTime, span.endTime ?? 0), 0);
  const scale = lastMicros === firstMicros ? 0 : width / (lastMicros - firstMicros);
  return spans.map((span) => {
    const endMicros = Math.max(span.startTime, span.endTime ?? lastMicros);
    const from = Math.min(width - 1, Math.floor((span.startTime - firstMicros) * scale));
    const to = scale === 0 ? width : Math.min(width, Math.max(from + 1, Math.round((endMicros - firstMicros) * scale)));
    const filled = span.endTime === undefined ? `${'█'.repeat(Math.max(0, width - from - 1))}>` : '█'.repeat(to - from);
    return `|${' '.repeat(from)}${filled.padEnd(width - from)}|`;
  });
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, displayWidth(text)), 0);
}

function cellText(shown: string | number | undefined): string {
  return shown === undefined ? '' : oneLine(String(shown));
}
