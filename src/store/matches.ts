import { comparedText } from './column-text.js';
import type { SpanRow } from './span-row.js';
import type { SpanFilter, TraceFilter } from './span-store.js';
import { CALL_PRECEDENCE, type TraceRow } from './trace-row.js';

/** Whether a trace is among those that `filter` asks for, its workflow apart, which its spans decide. */
export function matchesTrace(trace: TraceRow, filter: TraceFilter): boolean {
  const duration = trace.openCount > 0 || trace.lastEndTime === undefined ? undefined : trace.lastEndTime - trace.startTime;
  return (
    isOrAny(trace.name, compared(filter.name)) &&
    isOrAny(trace.status, filter.status) &&
    isOrAny(trace.serviceName, compared(filter.serviceName)) &&
    isBetween(trace.startTime, filter.startedFrom, filter.startedTo) &&
    isLong(duration, filter) &&
    isOrAny(trace.openCount > 0, filter.hasOpenSpans) &&
    isOrAny(trace.errorCount > 0, filter.hasErrors) &&
    isOrAny(trace.headRank.startsWith(CALL_PRECEDENCE), filter.isCall)
  );
}

export function matchesSpan(row: SpanRow, filter: SpanFilter): boolean {
  return (
    isOneOf(row.traceId, filter.traceIds) &&
    isOneOf(row.spanId, filter.spanIds) &&
    isOneOf(row.parentId, filter.parentIds) &&
    (filter.parentsOnly !== true || row.parentId === undefined) &&
    isOneOf(row.name, filter.names?.map(comparedText)) &&
    isOneOf(row.type, filter.types?.map(comparedText)) &&
    isOneOf(row.status, filter.statuses) &&
    isBetween(row.startTime, filter.startedFrom, filter.startedTo) &&
    isLong(row.endTime === undefined ? undefined : row.endTime - row.startTime, filter)
  );
}

function compared(text: string | undefined): string | undefined {
  return text === undefined ? undefined : comparedText(text);
}

function isOrAny<T>(value: T, wanted: T | undefined): boolean {
  return wanted === undefined || value === wanted;
}

function isOneOf<T>(value: T | undefined, wanted: readonly T[] | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.includes(value));
}

function isBetween(time: number, from: number | undefined, to: number | undefined): boolean {
  return (from === undefined || time >= from) && (to === undefined || time < to);
}

function isLong(
  duration: number | undefined,
  { durationAtLeast, durationAtMost }: { readonly durationAtLeast?: number; readonly durationAtMost?: number },
): boolean {
  if (durationAtLeast === undefined && durationAtMost === undefined) return true;
  if (duration === undefined) return false;
  return (
    (durationAtLeast === undefined || duration >= durationAtLeast) && (durationAtMost === undefined || duration <= durationAtMost)
  );
}
