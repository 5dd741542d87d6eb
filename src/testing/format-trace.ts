import type { Span } from '../span/span.js';
import { buildSpanTrees, type SpanNode } from './span-tree.js';

export interface FormatTraceOptions {
  /** Characters that a line may take; 100 unless given. Names are cut and the bars shrink to fit, down to 40. */
  readonly width?: number;
  /** More columns, by heading: what each shows of a span. */
  readonly columns?: Readonly<Record<string, (span: Span) => string | number | undefined>>;
}

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
  const traceIds = [...new Set(spans.map((span) => span.traceId))];
  const traces = traceIds.map((traceId) => {
    const table = formatOneTrace(
      spans.filter((span) => span.traceId === traceId),
      options,
    );
    return traceIds.length === 1 ? table : `trace ${traceId}\n${table}`;
  });
  return traces.join('\n\n');
}

const WIDTH_DEFAULT = 100;
const WIDTH_MIN = 40;
const NAME_WIDTH_MIN = 12;
const BAR_WIDTH_MIN = 8;
const BAR_WIDTH_MAX = 40;
const GAP = '  ';

function formatOneTrace(spans: readonly Span[], options: FormatTraceOptions): string {
  const width = Math.max(WIDTH_MIN, options.width ?? WIDTH_DEFAULT);
  const extra = Object.entries(options.columns ?? {});
  const lines = buildSpanTrees(spans).flatMap((root) => flatten(root, '', ''));
  const rows = [
    ['type', 'status', 'duration', ...extra.map(([heading]) => heading)],
    ...lines.map(({ span }) => [
      oneLine(span.type),
      span.status,
      durationText(span),
      ...extra.map(([, show]) => cellText(show(span))),
    ]),
  ];
  const cells = alignColumns(rows, DURATION_COLUMN);
  const cellsWidth = (cells[0] as string).length;

  const names = ['span', ...lines.map((line) => line.prefix + oneLine(line.span.name))];
  const namesWidth = longest(names);
  // Names first, then the bar: a trace is read by its names, and the bar says as much when it is short.
  const spare = width - cellsWidth - GAP.length * 2 - 2;
  const nameWidth = Math.max(NAME_WIDTH_MIN, Math.min(namesWidth, spare - BAR_WIDTH_MIN));
  const barWidth = Math.min(BAR_WIDTH_MAX, spare - nameWidth);
  const bars = [
    '',
    ...bar(
      lines.map((line) => line.span),
      barWidth,
    ),
  ];
  return names
    .map((name, index) => [fit(name, nameWidth), cells[index], bars[index]].join(GAP).trimEnd())
    .map((line) => fit(line, width).trimEnd())
    .join('\n');
}

const DURATION_COLUMN = 2;

interface TreeLine {
  readonly prefix: string;
  readonly span: Span;
}

function flatten(node: SpanNode, prefix: string, childPrefix: string): TreeLine[] {
  const below = node.children.flatMap((child, index) =>
    index === node.children.length - 1
      ? flatten(child, `${childPrefix}└─ `, `${childPrefix}   `)
      : flatten(child, `${childPrefix}├─ `, `${childPrefix}│  `),
  );
  return [{ prefix, span: node.span }, ...below];
}

function alignColumns(rows: readonly (readonly string[])[], rightAlignedColumn: number): string[] {
  const widths = (rows[0] as readonly string[]).map((_, column) => longest(rows.map((row) => row[column] as string)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === rightAlignedColumn ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number),
      )
      .join(GAP),
  );
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

function durationText(span: Span): string {
  if (span.endTime === undefined) return '…';
  // An end before the start is kept as it came and shown as nothing.
  const micros = Math.max(0, span.endTime - span.startTime);
  if (micros < 1_000) return `${micros} µs`;
  if (micros < 10_000) return `${(micros / 1_000).toFixed(1)} ms`;
  if (micros < 1_000_000) return `${Math.round(micros / 1_000)} ms`;
  if (micros < 60_000_000) return `${(micros / 1_000_000).toFixed(1)} s`;
  const seconds = Math.round(micros / 1_000_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

function longest(texts: readonly string[]): number {
  return texts.reduce((length, text) => Math.max(length, text.length), 0);
}

function cellText(shown: string | number | undefined): string {
  return shown === undefined ? '' : oneLine(String(shown));
}

// A line break in a name would tear the table.
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

function fit(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
