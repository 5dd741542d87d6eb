import {
  type ChangedStep,
  compareTraces,
  type CriticalChange,
  type StepOfOne,
  type TraceComparison,
} from '../analysis/compare-traces.js';
import { oneLine } from '../export/display-width.js';
import { durationText } from '../export/duration-text.js';
import type { Span } from '../span/span.js';
import type { CliIo } from './cli-io.js';
import { findTrace } from './find-trace.js';
import { formatTable, type TableColumn } from './format-table.js';
import { printJson } from './print-json.js';
import type { ViewOptions } from './profile-views.js';
import { type SourceOptions, withSource } from './source-options.js';
import { textStyle } from './text-style.js';

export interface CompareOptions extends SourceOptions {
  readonly format: 'text' | 'json';
  readonly top: number;
}

/** `everspan trace compare`: how the second trace differs from the first, step by step. */
export async function compareTwo(beforeId: string, afterId: string, options: CompareOptions, io: CliIo): Promise<void> {
  const [before, after] = await withSource(options, io, async (source) => [
    await findTrace(source, beforeId),
    await findTrace(source, afterId),
  ]);
  // `findTrace` gives spans or throws.
  const comparison = compareTraces(before, after, { top: options.top }) as TraceComparison;
  const ids = { before: (before[0] as Span).traceId, after: (after[0] as Span).traceId };
  if (options.format === 'json') return printJson(io.stdout, { traceIds: ids, comparison });
  const view: ViewOptions = { width: io.stdout.columns, style: textStyle(io.stdout, io.env), top: options.top };
  await io.stdout.write(comparisonText(ids, comparison, view));
}

function comparisonText(
  ids: { readonly before: string; readonly after: string },
  comparison: TraceComparison,
  options: ViewOptions,
): string {
  const { before, after, leftOut } = comparison;
  const { style } = options;
  const head = (['before', 'after'] as const).map((side) => {
    const { rootName, micros, steps } = comparison[side];
    return `${side.padEnd(8)}${style.bold(oneLine(rootName))}  ${durationText(micros)}, ${steps} steps  ${style.dim(ids[side])}\n`;
  });
  const difference = `${'change'.padEnd(8)}${changeText(before.micros, after.micros, options)}\n`;
  const sections = [
    section('Changed', comparison.durations, changedColumns(options), leftOut.durations, options),
    section('Only after', comparison.added, oneSided(), leftOut.added, options),
    section('Only before', comparison.removed, oneSided(), leftOut.removed, options),
    section('More or less often', comparison.repeated, REPEATED, leftOut.repeated, options),
    section('Became critical', comparison.becameCritical, criticalColumns(), leftOut.becameCritical, options),
    section('No longer critical', comparison.noLongerCritical, criticalColumns(), leftOut.noLongerCritical, options),
  ].filter((text) => text !== '');
  const same = sections.length === 0 ? ['no step differs\n'] : [];
  return [head.join('') + difference, ...sections, ...same].join('\n');
}

function section<Row>(
  title: string,
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  leftOut: number,
  options: ViewOptions,
): string {
  if (rows.length === 0) return '';
  const rest = leftOut === 0 ? '' : options.style.dim(`… and ${leftOut} more (--top)\n`);
  return `${options.style.bold(title)}\n${formatTable(columns, rows, options)}${rest}`;
}

function changedColumns(options: ViewOptions): TableColumn<ChangedStep>[] {
  return [
    { heading: 'step', cell: (step) => step.path, shrinks: 'id' },
    { heading: 'before', cell: (step) => durationText(step.before), align: 'right' },
    { heading: 'after', cell: (step) => durationText(step.after), align: 'right' },
    {
      heading: 'change',
      cell: (step) => differenceText(step.before, step.after),
      align: 'right',
      paint: (text, step) => (step.after > step.before ? options.style.red(text) : options.style.green(text)),
    },
  ];
}

function oneSided(): TableColumn<StepOfOne>[] {
  return [
    { heading: 'step', cell: (step) => step.path, shrinks: 'id' },
    { heading: 'took', cell: (step) => durationText(step.micros), align: 'right' },
    { heading: 'steps below', cell: (step) => step.stepsBelow, align: 'right' },
  ];
}

const REPEATED: readonly TableColumn<TraceComparison['repeated'][number]>[] = [
  { heading: 'step', cell: (step) => step.path, shrinks: 'id' },
  { heading: 'before', cell: (step) => `${step.before} times`, align: 'right' },
  { heading: 'after', cell: (step) => `${step.after} times`, align: 'right' },
];

function criticalColumns(): TableColumn<CriticalChange>[] {
  const shown = (micros: number | undefined): string => (micros === undefined ? 'not there' : durationText(micros));
  return [
    { heading: 'step', cell: (step) => step.path, shrinks: 'id' },
    { heading: 'before', cell: (step) => shown(step.before), align: 'right' },
    { heading: 'after', cell: (step) => shown(step.after), align: 'right' },
  ];
}

function changeText(before: number, after: number, { style }: ViewOptions): string {
  if (before === after) return 'none';
  const text = differenceText(before, after);
  return after > before ? style.red(text) : style.green(text);
}

/** `+1.2 s (+40 %)` or `-300 ms (-12 %)`. */
function differenceText(before: number, after: number): string {
  const sign = after < before ? '-' : '+';
  const difference = Math.abs(after - before);
  const percent = before === 0 ? '' : ` (${sign}${Math.round((100 * difference) / before)} %)`;
  return `${sign}${durationText(difference)}${percent}`;
}
