import type { Span } from '../span/span.js';
import { otelAttributes } from '../wire/otel-attributes.js';
import { type ExportOptions, exportedSpans, lastKnownTime } from './export-options.js';
import { groupByTrace } from './group-by-trace.js';
import { assignLanes } from './lanes.js';
import { buildSpanTrees } from './span-tree.js';

/** One event of Chrome's Trace Event format. `ts` and `dur` are microseconds. */
export type ChromeEvent =
  | {
      readonly ph: 'X';
      readonly name: string;
      readonly cat: string;
      readonly ts: number;
      readonly dur: number;
      readonly pid: number;
      readonly tid: number;
      readonly args: Readonly<Record<string, unknown>>;
    }
  | {
      readonly ph: 'i';
      readonly name: string;
      readonly cat: string;
      readonly ts: number;
      readonly s: 't';
      readonly pid: number;
      readonly tid: number;
      readonly args: Readonly<Record<string, unknown>>;
    }
  | {
      readonly ph: 'M';
      readonly name: 'process_name' | 'thread_name';
      readonly pid: number;
      readonly tid: number;
      readonly args: { readonly name: string };
    };

/** What `chrome://tracing` and Perfetto open. */
export interface ChromeTrace {
  readonly traceEvents: readonly ChromeEvent[];
  readonly displayTimeUnit: 'ms';
}

/**
 * `spans` in Chrome's Trace Event format: a trace is a process, and its threads are lanes on which spans nest and never cross.
 *
 * An open span, unless left out, lasts to the end of what is known, with `open: true`.
 */
export function toChromeTrace(spans: readonly Span[], options: ExportOptions = {}): ChromeTrace {
  const lastMicros = lastKnownTime(spans);
  const traces = groupByTrace(exportedSpans(spans, options.openSpans ?? true));
  const traceEvents = [...traces.values()].flatMap((ofTrace, index) => traceEventsOf(ofTrace, index + 1, lastMicros));
  return { traceEvents, displayTimeUnit: 'ms' };
}

function traceEventsOf(spans: readonly Span[], pid: number, lastMicros: number): ChromeEvent[] {
  const lanes = assignLanes(buildSpanTrees(spans), lastMicros);
  const first = lanes[0];
  const events: ChromeEvent[] = [
    {
      ph: 'M',
      name: 'process_name',
      pid,
      tid: 0,
      args: { name: first === undefined ? '' : `${first.span.name} ${first.span.traceId}` },
    },
  ];
  const named = new Set<number>();
  for (const { span, lane } of lanes) {
    const tid = lane + 1;
    if (!named.has(tid)) events.push({ ph: 'M', name: 'thread_name', pid, tid, args: { name: `lane ${tid}` } });
    named.add(tid);
    const place = { pid, tid, cat: span.type };
    events.push({
      ph: 'X',
      name: span.name,
      ts: span.startTime,
      dur: Math.max(0, (span.endTime ?? lastMicros) - span.startTime),
      ...place,
      args: argumentsOf(span),
    });
    for (const moment of span.events) {
      events.push({ ph: 'i', name: moment.name, ts: moment.time, s: 't', ...place, args: { ...moment.attributes } });
    }
  }
  return events;
}

function argumentsOf(span: Span): Record<string, unknown> {
  return {
    spanId: span.spanId,
    ...(span.parentId === undefined ? {} : { parentId: span.parentId }),
    status: span.status,
    ...(span.statusMessage === undefined ? {} : { statusMessage: span.statusMessage }),
    ...(span.endTime === undefined ? { open: true } : {}),
    ...otelAttributes(span),
    resource: span.resource,
    ...(span.links.length === 0 ? {} : { links: span.links.map((link) => `${link.traceId}/${link.spanId}`) }),
  };
}
