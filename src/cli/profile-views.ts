import { oneLine } from '../export/display-width.js';
import { durationText } from '../export/duration-text.js';
import type { EventSummary, ProfileSummary, TaskTiming } from '../wire/profile-summary.js';
import { formatTable } from './format-table.js';
import { lineageTree } from './lineage-tree.js';
import type { TextStyle } from './text-style.js';

export interface ViewOptions {
  /** Columns of the terminal, `undefined` where nothing is to be cut. */
  readonly width: number | undefined;
  readonly style: TextStyle;
  /** Lines of a table or tree; what is left out is counted. */
  readonly top: number;
}

/** What the whole took, and how much of what there is. */
export function headerView(summary: ProfileSummary, options: ViewOptions): string {
  const path = summary.critical_path;
  const facts: [string, string][] = [
    ['end to end', secondsText(summary.e2e_breakdown.workflow_duration_seconds)],
    ['network', secondsText(summary.e2e_breakdown.total_network_seconds)],
    ['data ids', String(summary.data_ids.length)],
    ['events', String(summary.event_count)],
    ['assets', String(summary.assets.length)],
    ['critical path', path === null ? 'none' : `${secondsText(path.critical_path_seconds)} over ${path.path.length} data ids`],
  ];
  const title = options.style.bold(`workflow ${oneLine(summary.workflow_id ?? '')}`);
  return `${title}\n${facts.map(([name, value]) => `  ${name.padEnd(14)}${value}\n`).join('')}`;
}

/** Where the time went, from the first start to the last end. */
export function endToEndView(summary: ProfileSummary, options: ViewOptions): string {
  const { hardware_summary: compute, network_summary: network } = summary.e2e_breakdown;
  return [eventView('Compute', compute, options), eventView('Network', network, options)].join('\n');
}

/** What waited for what, the longest first. */
export function queuingView(summary: ProfileSummary, options: ViewOptions): string {
  const waits = summary.per_data_id.toSorted((a, b) => b.queuing_delay_seconds - a.queuing_delay_seconds);
  const table = formatTable<TaskTiming>(
    [
      { heading: 'data id', cell: (task) => task.data_id, shrinks: 'id' },
      { heading: 'wait', cell: (task) => secondsText(task.queuing_delay_seconds), align: 'right' },
      { heading: 'behind', cell: (task) => task.blocking_parent_data_id ?? '', shrinks: 'id' },
      { heading: 'took', cell: (task) => secondsText(task.duration_seconds), align: 'right' },
      { heading: 'started', cell: (task) => task.start_time },
    ],
    waits.slice(0, options.top),
    options,
  );
  return section('Queuing', waits.length === 0 ? 'nothing\n' : table + leftOut(waits.length, options), options);
}

/** The chain of data that took longest to be ready, first to last, and what it was made of. */
export function criticalPathView(summary: ProfileSummary, options: ViewOptions): string {
  const path = summary.critical_path;
  if (path === null) return section('Critical path', 'none\n', options);
  const { active_seconds: active, wait_seconds: wait } = path.active_wait_breakdown;
  const shown = path.path.slice(0, options.top);
  const lines = shown.map((id, index) => {
    const branch = index === path.path.length - 1 ? '└─' : '├─';
    return `${branch} ${oneLine(id)}  ${secondsText(active[index] ?? 0)} active / ${secondsText(wait[index] ?? 0)} wait\n`;
  });
  const total = `${secondsText(path.critical_path_seconds)}\n`;
  return [
    section('Critical path', total + lines.join('') + leftOut(path.path.length, options), options),
    eventView('Compute on it', path.hardware_summary, options),
    eventView('Network on it', path.network_summary, options),
  ].join('\n');
}

/** Which data came of which, from what nothing was made of up to the sources. */
export function lineageView(summary: ProfileSummary, options: ViewOptions): string {
  const lines = lineageTree(summary.data_ids, summary.lineage);
  const shown = lines.slice(0, options.top).map((line) => `${oneLine(line)}\n`);
  return section('Lineage', lines.length === 0 ? 'none\n' : shown.join('') + leftOut(lines.length, options), options);
}

/** All of them. */
export function richView(summary: ProfileSummary, options: ViewOptions): string {
  return [headerView, endToEndView, queuingView, criticalPathView, lineageView].map((view) => view(summary, options)).join('\n');
}

interface EventLine {
  readonly name: string;
  readonly count: number;
  readonly total: number;
  readonly avg: number;
  readonly min: number;
  readonly max: number;
}

function eventView(title: string, events: EventSummary, options: ViewOptions): string {
  const lines = events.event_type.map((name, index) => ({
    name,
    count: events.count[index] ?? 0,
    total: events.total_seconds[index] ?? 0,
    avg: events.avg_seconds[index] ?? 0,
    min: events.min_seconds[index] ?? 0,
    max: events.max_seconds[index] ?? 0,
  }));
  if (lines.length === 0) return section(title, 'none\n', options);
  const byTotal = lines.toSorted((a, b) => b.total - a.total);
  const table = formatTable<EventLine>(
    [
      { heading: 'name', cell: (line) => line.name, shrinks: 'end' },
      { heading: 'count', cell: (line) => line.count, align: 'right' },
      { heading: 'total', cell: (line) => secondsText(line.total), align: 'right' },
      { heading: 'avg', cell: (line) => secondsText(line.avg), align: 'right' },
      { heading: 'min', cell: (line) => secondsText(line.min), align: 'right' },
      { heading: 'max', cell: (line) => secondsText(line.max), align: 'right' },
    ],
    byTotal.slice(0, options.top),
    options,
  );
  return section(title, table + leftOut(lines.length, options), options);
}

function section(title: string, body: string, { style }: ViewOptions): string {
  return `${style.bold(title)}\n${body}`;
}

function leftOut(count: number, { top, style }: ViewOptions): string {
  return count > top ? `${style.dim(`… and ${count - top} more (--top)`)}\n` : '';
}

function secondsText(seconds: number): string {
  return durationText(Math.round(seconds * 1_000_000));
}
