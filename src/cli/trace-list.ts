import { durationText } from '../export/duration-text.js';
import type { SpanStatus } from '../span/span.js';
import type { TraceFilter, TraceSummary } from '../store/span-store.js';
import { isoFromMicros } from '../wire/iso-time.js';
import type { CliIo } from './cli-io.js';
import { formatTable, type TableColumn } from './format-table.js';
import { missingText } from './not-found.js';
import { printJson } from './print-json.js';
import { type SourceOptions, withSource } from './source-options.js';
import { paintStatus, type TextStyle, textStyle } from './text-style.js';

export interface ListOptions extends SourceOptions {
  readonly format: 'table' | 'json';
  readonly workflow?: string;
  readonly name?: string;
  readonly status?: SpanStatus;
  readonly service?: string;
  readonly since?: number;
  readonly until?: number;
  readonly minDuration?: number;
  readonly maxDuration?: number;
  readonly open?: boolean;
  readonly errors?: boolean;
  readonly calls?: boolean;
  readonly oldest?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

/** `everspan trace list`. */
export async function listTraces(options: ListOptions, io: CliIo): Promise<void> {
  const { items, cursor } = await withSource(options, io, async (source) => {
    const page = await source.listTraces(filterOf(options), {
      limit: options.limit,
      order: options.oldest === true ? 'oldest' : 'newest',
      ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
    });
    if (page.items.length === 0) await io.stderr.write(`${await missingText('no traces', source)}\n`);
    return page;
  });
  if (options.format === 'json') {
    await printJson(io.stdout, { traces: items, ...(cursor === undefined ? {} : { cursor }) });
    return;
  }
  if (items.length === 0) return;
  const style = textStyle(io.stdout, io.env);
  await io.stdout.write(formatTable(columns(style), items, { width: io.stdout.columns, style }));
  if (cursor !== undefined) await io.stderr.write(`more: --cursor ${cursor}\n`);
}

function filterOf(options: ListOptions): TraceFilter {
  return {
    ...(options.workflow === undefined ? {} : { workflowId: options.workflow }),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.status === undefined ? {} : { status: options.status }),
    ...(options.service === undefined ? {} : { serviceName: options.service }),
    ...(options.since === undefined ? {} : { startedFrom: options.since }),
    ...(options.until === undefined ? {} : { startedTo: options.until }),
    ...(options.minDuration === undefined ? {} : { durationAtLeast: options.minDuration }),
    ...(options.maxDuration === undefined ? {} : { durationAtMost: options.maxDuration }),
    ...(options.open === undefined ? {} : { hasOpenSpans: options.open }),
    ...(options.errors === undefined ? {} : { hasErrors: options.errors }),
    ...(options.calls === undefined ? {} : { isCall: options.calls }),
  };
}

function columns(style: TextStyle): TableColumn<TraceSummary>[] {
  return [
    { heading: 'trace', cell: (trace) => trace.traceId, shrinks: 'id' },
    { heading: 'name', cell: (trace) => trace.name, shrinks: 'end', paint: style.bold },
    { heading: 'status', cell: (trace) => trace.status, paint: (text, trace) => paintStatus(text, trace.status, style) },
    { heading: 'started (UTC)', cell: (trace) => isoFromMicros(trace.startTime).slice(0, 19).replace('T', ' ') },
    {
      heading: 'duration',
      cell: (trace) => (trace.endTime === undefined ? '…' : durationText(trace.endTime - trace.startTime)),
      align: 'right',
    },
    { heading: 'spans', cell: (trace) => trace.spanCount, align: 'right' },
    { heading: 'open', cell: (trace) => (trace.openCount === 0 ? '' : trace.openCount), align: 'right' },
    { heading: 'errors', cell: (trace) => (trace.errorCount === 0 ? '' : trace.errorCount), align: 'right', paint: style.red },
    { heading: 'workflow', cell: (trace) => trace.workflowId, shrinks: 'id' },
  ];
}
