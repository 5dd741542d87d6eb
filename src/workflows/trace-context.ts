import { defaultPayloadConverter, type Headers, type WorkflowInfo } from '@temporalio/workflow';
import { deriveTraceId, startOfRunMs } from '../span/ids.js';
import type { SpanLink } from '../span/span.js';
import { TRACE_HEADER, W3C_HEADER } from '../wire/activity-names.js';
import { readHeader } from '../wire/read-header.js';
import type { TraceHeader } from '../wire/span-batch.js';
import { decodeTraceHeader } from '../wire/trace-header.js';
import { formatW3cCarrier, parseW3cCarrier, type W3cCarrier, type W3cParent } from '../wire/w3c-carrier.js';

/** Where a run stands in its trace. */
export interface RunContext {
  readonly traceId: string;
  /** Parent of the run's root span. */
  readonly parentId: string | undefined;
  /** `undefined`: nobody decided yet. */
  readonly sampled: boolean | undefined;
  /** Whether a run that is not sampled sends its root span when it fails. */
  readonly keepErrors: boolean;
  readonly links: readonly SpanLink[];
  readonly owner: string | undefined;
  readonly tracestate: string | undefined;
  readonly baggage: string | undefined;
  /** Spans of this trace before this run. */
  readonly spansBefore: number;
  /** Start of the trace, milliseconds since the epoch. */
  readonly traceStartedAtMs: number;
}

/** What of a run says where it stands, besides its headers. */
type ContextFacts = Pick<
  WorkflowInfo,
  | 'namespace'
  | 'workflowId'
  | 'startTime'
  | 'cronSchedule'
  | 'continuedFromExecutionRunId'
  | 'originalExecutionRunId'
  | 'firstExecutionRunId'
>;

/** The run's place in its trace, from what its start brought along; a trace of its own where that was nothing. */
export function runContextFrom(info: ContextFacts, headers: Headers): RunContext {
  const header = decodeTraceHeader(readHeader(headers, TRACE_HEADER));
  const carrier = parseW3cCarrier(readHeader(headers, W3C_HEADER));
  const passedOn = { owner: header?.o, tracestate: carrier.tracestate, baggage: carrier.baggage };
  // The run's own start, whatever the SDK's documentation says of `startTime`: a chain's start comes in the header.
  const chainStartMs = info.startTime.getTime();
  const caller = header ?? foreignHeader(carrier.parent);
  if (caller === undefined) {
    const traceId = ownTraceId(info);
    return {
      traceId,
      parentId: undefined,
      sampled: undefined,
      keepErrors: false,
      links: [],
      ...passedOn,
      spansBefore: 0,
      traceStartedAtMs: chainStartMs,
    };
  }
  const keepErrors = header?.k === 1;
  const sampled = header?.u === 1 ? undefined : caller.f === 1;
  // A schedule, or a cron that goes on for years, would make one endless trace: each run has its own and says where it comes from.
  if (
    header?.l === 1 ||
    (info.cronSchedule !== undefined && info.cronSchedule !== '' && info.continuedFromExecutionRunId !== undefined)
  ) {
    const links = caller.s === undefined ? [] : [{ traceId: caller.t, spanId: caller.s }];
    return {
      traceId: ownTraceId(info),
      parentId: undefined,
      // Decided for each run anew: what was decided for the call that set it going stands for one trace only.
      sampled: undefined,
      keepErrors,
      links,
      ...passedOn,
      spansBefore: 0,
      traceStartedAtMs: chainStartMs,
    };
  }
  const continued = header?.c;
  return {
    traceId: caller.t,
    parentId: caller.s,
    sampled,
    keepErrors,
    links:
      continued === undefined
        ? []
        : [
            {
              traceId: continued.prevTrace ?? caller.t,
              spanId: continued.prev,
              attributes: { 'everspan.link': 'continued_from' },
            },
          ],
    ...passedOn,
    spansBefore: continued?.spans ?? 0,
    traceStartedAtMs: continued?.since ?? chainStartMs,
  };
}

/**
 * When the server started this run, milliseconds since the epoch: with the wait for a worker, without the one that a schedule, a retry or a
 * delay asked for.
 *
 * `startTime` is the time of the run's first event, the same for whoever reads it. `runStartTime` is that of the first workflow task, and
 * a task whose worker dies comes again, later.
 */
export function runStartedAtMs(
  info: Pick<WorkflowInfo, 'startTime' | 'runStartTime' | 'cronScheduleToScheduleInterval'>,
): number {
  // The first task's back-off, of whatever kind. A signal may cut it short.
  const delayMs = info.cronScheduleToScheduleInterval ?? 0;
  return Math.min(info.startTime.getTime() + delayMs, info.runStartTime.getTime());
}

function ownTraceId(info: ContextFacts): string {
  const isCronRun = info.cronSchedule !== undefined && info.cronSchedule !== '';
  return isCronRun
    ? deriveTraceId(info.namespace, info.workflowId, info.originalExecutionRunId, info.startTime.getTime())
    : deriveTraceId(info.namespace, info.workflowId, info.firstExecutionRunId, startOfRunMs(info.firstExecutionRunId));
}

/** The caller's place in a trace, from the header of a signal or an update; `undefined` where there is none. */
export function callerFrom(headers: Headers): { traceId: string; spanId: string } | undefined {
  const header = decodeTraceHeader(readHeader(headers, TRACE_HEADER));
  if (header?.s !== undefined) return { traceId: header.t, spanId: header.s };
  const { parent } = parseW3cCarrier(readHeader(headers, W3C_HEADER));
  return parent === undefined ? undefined : { traceId: parent.traceId, spanId: parent.spanId };
}

/** `headers` with our context and the W3C carrier of the span that calls. A carrier that another interceptor wrote stays. */
export function withTraceHeaders(headers: Headers, context: RunContext, trace: TraceHeader): Headers {
  const added: Headers = { [TRACE_HEADER]: defaultPayloadConverter.toPayload(trace) };
  if (trace.s !== undefined && headers[W3C_HEADER] === undefined) {
    added[W3C_HEADER] = defaultPayloadConverter.toPayload(carrierOf(context, trace, trace.s));
  }
  return { ...headers, ...added };
}

/** The W3C carrier as the text headers of a Nexus operation. */
export function withNexusHeaders(
  headers: Record<string, string>,
  context: RunContext,
  trace: TraceHeader,
): Record<string, string> {
  const carrier = trace.s === undefined ? {} : carrierOf(context, trace, trace.s);
  return { ...carrier, ...headers, [TRACE_HEADER]: JSON.stringify(trace) };
}

function carrierOf(context: RunContext, trace: TraceHeader, spanId: string): W3cCarrier {
  return formatW3cCarrier({
    // W3C asks whoever begins a trace and has not decided yet to say "not sampled": what hears "sampled" would keep spans of a trace that
    // may turn out to be dropped. Those that read our own header see `u`, and decide as this run will.
    parent: { traceId: trace.t, spanId, isSampled: trace.f === 1 && trace.u !== 1 },
    ...(context.tracestate === undefined ? {} : { tracestate: context.tracestate }),
    ...(context.baggage === undefined ? {} : { baggage: context.baggage }),
  });
}

// A caller without everspan, in whatever language: its trace is joined.
function foreignHeader(parent: W3cParent | undefined): TraceHeader | undefined {
  return parent === undefined ? undefined : { v: 1, t: parent.traceId, s: parent.spanId, f: parent.isSampled ? 1 : 0 };
}
