import {
  type CriticalPath,
  type PathContributor,
  type PathSegment,
  SEGMENT_TYPES,
  type SegmentType,
} from '../analysis/path-model.js';
import { durationText } from '../export/duration-text.js';
import { oneLine } from '../export/display-width.js';
import { isoFromMicros } from '../wire/iso-time.js';
import { formatTable } from './format-table.js';
import type { ViewOptions } from './profile-views.js';
import type { TextStyle } from './text-style.js';

/** What the trace took, and what of it was spent on what. */
export function pathHeaderView(path: CriticalPath, { style }: ViewOptions): string {
  const total = path.endTime - path.startTime;
  const provisional = path.isProvisional ? style.yellow(' (still running: the path so far)') : '';
  const lines = SEGMENT_TYPES.filter((type) => path.totals[type] > 0).map((type) => {
    const micros = path.totals[type];
    return `  ${paintType(type.padEnd(12), type, style)}${durationText(micros).padStart(10)}  ${share(micros, total)}\n`;
  });
  const notes = [
    ...(path.clampedSpans === 0 ? [] : [`${count(path.clampedSpans, 'span')} moved, since their clocks say what cannot be`]),
    ...(path.unreachedSpans === 0 ? [] : [`${count(path.unreachedSpans, 'span')} with no way from the root`]),
  ];
  const title = `${style.bold(oneLine(path.root.name))}  ${durationText(total)}, from ${isoFromMicros(path.startTime)}Z${provisional}\n`;
  return title + lines.join('') + notes.map((note) => style.dim(`  ${note}\n`)).join('');
}

/** The path, stretch by stretch: what was waited for at each moment. */
export function segmentsView(path: CriticalPath, options: ViewOptions): string {
  const { style } = options;
  const table = formatTable<PathSegment>(
    [
      { heading: 'after', cell: (segment) => durationText(segment.startTime - path.startTime), align: 'right' },
      { heading: 'took', cell: (segment) => durationText(segment.endTime - segment.startTime), align: 'right' },
      { heading: 'spent', cell: (segment) => segment.type, paint: (text, segment) => paintType(text, segment.type, style) },
      { heading: 'span', cell: (segment) => segment.name, shrinks: 'end' },
      { heading: 'type', cell: (segment) => segment.spanType },
      { heading: 'then', cell: (segment) => segment.via?.replaceAll('_', ' ') },
    ],
    path.segments,
    options,
  );
  const { segments, segmentsMicros } = path.leftOut;
  const rest =
    segments === 0 ? '' : style.dim(`… and ${count(segments, 'segment')} more, ${durationText(segmentsMicros)} in all (--top)\n`);
  return `${style.bold('Critical path')}\n${path.segments.length === 0 ? 'nothing\n' : table}${rest}`;
}

/** What went on after its parent. */
export function detachedView(path: CriticalPath, { style }: ViewOptions): string {
  if (path.detached.length === 0) return '';
  const lines = path.detached.map((span) => {
    return `  ${oneLine(span.name)} (${span.status}) outlives its parent by ${durationText(span.outlivesByMicros)}\n`;
  });
  const rest = path.leftOut.detached === 0 ? '' : style.dim(`  … and ${path.leftOut.detached} more (--top)\n`);
  return `${style.bold('Detached')}\n${lines.join('')}${rest}`;
}

/** Which spans, by name, the path went through, the longest first. */
export function contributorsView(path: CriticalPath, options: ViewOptions): string {
  const { style } = options;
  if (path.contributors.length === 0) return `${style.bold('Time by span')}\nnothing\n`;
  const total = path.endTime - path.startTime;
  const table = formatTable<PathContributor>(
    [
      { heading: 'span', cell: (one) => one.name, shrinks: 'end' },
      { heading: 'type', cell: (one) => one.spanType },
      { heading: 'spans', cell: (one) => one.spans, align: 'right' },
      { heading: 'on path', cell: (one) => durationText(one.micros), align: 'right' },
      { heading: 'share', cell: (one) => share(one.micros, total), align: 'right' },
      { heading: 'spent', cell: typesText },
    ],
    path.contributors,
    options,
  );
  const { contributors: left, contributorsMicros } = path.leftOut;
  const rest = left === 0 ? '' : style.dim(`… and ${left} more names, ${durationText(contributorsMicros)} in all (--top)\n`);
  return `${style.bold('Time by span')}\n${table}${rest}`;
}

function typesText({ byType, micros }: PathContributor): string {
  const types = SEGMENT_TYPES.filter((type) => (byType[type] ?? 0) > 0);
  return types.map((type) => (types.length === 1 ? type : `${type} ${share(byType[type] ?? 0, micros)}`)).join(', ');
}

/** `micros` of `total` in whole percent: never 0 % of what is there. */
export function share(micros: number, total: number): string {
  if (total === 0 || micros === 0) return '0 %';
  const percent = (100 * micros) / total;
  return percent < 1 ? '<1 %' : `${Math.round(percent)} %`;
}

function paintType(text: string, type: SegmentType, style: TextStyle): string {
  if (type === 'active') return style.green(text);
  return type === 'unknown' ? style.dim(text) : style.yellow(text);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
