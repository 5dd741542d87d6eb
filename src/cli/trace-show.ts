import { findCriticalPath } from '../analysis/critical-path.js';
import { type CriticalPath, SEGMENT_TYPES } from '../analysis/path-model.js';
import { durationText } from '../export/duration-text.js';
import { formatTrace, type TracePart } from '../export/format-trace.js';
import { toJsonl } from '../export/jsonl.js';
import type { Span } from '../span/span.js';
import type { CliIo } from './cli-io.js';
import { findTrace } from './find-trace.js';
import { share } from './path-views.js';
import { printJson } from './print-json.js';
import { type SourceOptions, withSource } from './source-options.js';
import { paintStatus, type TextStyle, textStyle } from './text-style.js';
import { writeOutput } from './write-output.js';

export interface ShowOptions extends SourceOptions {
  readonly format: 'tree' | 'json' | 'jsonl';
  /** Attributes to show as columns. */
  readonly column?: readonly string[];
}

const PIPE_WIDTH = 120;

/** `everspan trace show`. */
export async function showTrace(id: string, options: ShowOptions, io: CliIo): Promise<void> {
  const spans = await withSource(options, io, (source) => findTrace(source, id));
  if (options.format === 'json') return printJson(io.stdout, { traceId: (spans[0] as Span).traceId, spans });
  if (options.format === 'jsonl') return writeOutput(toJsonl(spans), undefined, io);
  await io.stdout.write(treeText(spans, options, io));
}

function treeText(spans: readonly Span[], options: ShowOptions, io: CliIo): string {
  const style = textStyle(io.stdout, io.env);
  const extra = (options.column ?? []).map((name) => [name, (span: Span) => cellOf(span, name)] as const);
  const path = findCriticalPath(spans, { top: Number.MAX_SAFE_INTEGER });
  const onPath = path === undefined ? new Map<string, number>() : microsOnPath(path);
  const hasAttempts = spans.some((span) => span.attempt > 1 || span.type === 'attempt');
  const tree = formatTrace(spans, {
    width: io.stdout.columns ?? PIPE_WIDTH,
    columns: {
      ...(hasAttempts
        ? { attempt: (span: Span) => (span.type === 'attempt' || span.attempt > 1 ? span.attempt : undefined) }
        : {}),
      ...Object.fromEntries(extra),
      path: (span: Span) => pathShare(span, onPath, path),
    },
    paint: (text, part, span) => paint(text, part, span, style),
  });
  const open = spans.filter((span) => span.endTime === undefined).length;
  const errors = spans.filter((span) => span.status === 'ERROR' || span.status === 'TIMED_OUT').length;
  const counts = [
    `${spans.length} ${spans.length === 1 ? 'span' : 'spans'}`,
    ...(open === 0 ? [] : [style.yellow(`${open} open`)]),
    ...(errors === 0 ? [] : [style.red(`${errors} failed`)]),
  ];
  return `${style.dim(`trace ${(spans[0] as Span).traceId}`)}\n${tree}\n${counts.join(', ')}${path === undefined ? '' : `; ${pathText(path)}`}\n`;
}

/** Microseconds of the critical path by span id. */
function microsOnPath(path: CriticalPath): Map<string, number> {
  const onPath = new Map<string, number>();
  for (const { spanId, startTime, endTime } of path.segments) onPath.set(spanId, (onPath.get(spanId) ?? 0) + endTime - startTime);
  return onPath;
}

function pathShare(span: Span, onPath: ReadonlyMap<string, number>, path: CriticalPath | undefined): string | undefined {
  const micros = onPath.get(span.spanId);
  return micros === undefined || path === undefined ? undefined : share(micros, path.endTime - path.startTime);
}

function pathText(path: CriticalPath): string {
  const total = path.endTime - path.startTime;
  const parts = SEGMENT_TYPES.filter((type) => path.totals[type] > 0).map((type) => `${type} ${share(path.totals[type], total)}`);
  return `critical path ${durationText(total)}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}${path.isProvisional ? ', so far' : ''}`;
}

function cellOf(span: Span, name: string): string | undefined {
  const value = span.attributes[name] ?? span.resource[name];
  return value === undefined ? undefined : String(value);
}

function paint(text: string, part: TracePart, span: Span, style: TextStyle): string {
  if (part === 'name') return style.bold(text);
  return paintStatus(text, span.status, style);
}
