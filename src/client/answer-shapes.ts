import { anything, listOf, nullable, number, object, oneOf, recordOf, type Shape, text, truth, whole } from './shape.js';

const status = oneOf('RUNNING', 'OK', 'ERROR', 'CANCELED', 'TERMINATED', 'TIMED_OUT', 'CONTINUED', 'UNKNOWN');
// Which values an attribute may have is the store's affair: whoever shows them shows what is there.
const attributes = recordOf(anything);

export const spanShape: Shape = object(
  {
    spanId: text,
    traceId: text,
    name: text,
    kind: text,
    type: text,
    startTime: whole,
    status,
    attributes,
    events: listOf(object({ name: text, time: whole }, { attributes })),
    links: listOf(object({ traceId: text, spanId: text }, { attributes })),
    resource: attributes,
    scope: object({ name: text }, { version: text }),
    source: text,
    revision: whole,
    attempt: whole,
  },
  { parentId: text, endTime: whole, statusMessage: text, input: anything, output: anything },
);

export const traceShape: Shape = object({ traceId: text, spans: listOf(spanShape) });

const traceSummaryShape = object(
  { traceId: text, name: text, status, startTime: whole, spanCount: whole, openCount: whole, errorCount: whole },
  { endTime: whole, workflowId: text, serviceName: text },
);

export const traceListShape: Shape = object({ items: listOf(traceSummaryShape) }, { cursor: text });

export const spanChangeShape: Shape = object({ sequence: whole, span: spanShape });

export const receiptShape: Shape = object({
  taskId: text,
  workflowId: text,
  type: oneOf('spans', 'assets', 'lineage'),
  rows: whole,
  blankLines: whole,
  badLines: whole,
});

const eventSummary = object({
  event_type: listOf(text),
  count: listOf(whole),
  total_seconds: listOf(number),
  avg_seconds: listOf(number),
  min_seconds: listOf(number),
  max_seconds: listOf(number),
});

export const profileSummaryShape: Shape = object({
  workflow_id: nullable(text),
  event_count: whole,
  data_ids: listOf(text),
  assets: listOf(
    object({
      asset_guid: text,
      latest_data_id: text,
      latest_version: number,
      user_id: text,
      versions: whole,
      created_at: nullable(text),
    }),
  ),
  lineage: listOf(object({ data_id: text, source_data_id: text, created_at: nullable(text) })),
  e2e_breakdown: object({
    hardware_summary: eventSummary,
    network_summary: eventSummary,
    workflow_duration_seconds: number,
    total_network_seconds: number,
  }),
  per_data_id: listOf(
    object({
      data_id: text,
      start_time: text,
      end_time: text,
      duration_seconds: number,
      queuing_delay_seconds: number,
      parent_data_ids: listOf(text),
      blocking_parent_data_id: nullable(text),
    }),
  ),
  critical_path: nullable(
    object({
      path: listOf(text),
      critical_path_seconds: number,
      active_wait_breakdown: object({ data_id: listOf(text), active_seconds: listOf(number), wait_seconds: listOf(number) }),
      hardware_summary: eventSummary,
      network_summary: eventSummary,
      total_network_seconds: number,
    }),
  ),
});

export const profileShape: Shape = object({
  summary: profileSummaryShape,
  lineageCycles: listOf(listOf(text)),
  droppedRows: object({ spans: whole, assets: whole, lineage: whole }),
});

const change = object({ path: text }, { before: whole, after: whole });
const stepOfOne = object({ path: text, micros: whole, stepsBelow: whole });
const comparedTrace = object({ rootName: text, micros: whole, steps: whole });

export const comparisonShape: Shape = object({
  before: comparedTrace,
  after: comparedTrace,
  added: listOf(stepOfOne),
  removed: listOf(stepOfOne),
  repeated: listOf(change),
  durations: listOf(change),
  becameCritical: listOf(change),
  noLongerCritical: listOf(change),
  leftOut: recordOf(whole),
});

const segment = object({ spanId: text, name: text, spanType: text, type: text, startTime: whole, endTime: whole }, { via: text });
const queueTotal = object(
  {
    waits: whole,
    totalMicros: whole,
    longestMicros: whole,
    criticalMicros: whole,
    workers: listOf(object({ waits: whole, totalMicros: whole }, { worker: text })),
  },
  { queue: text },
);
const queueWait = object(
  { spanId: text, name: text, attempt: whole, scheduledTime: whole, startTime: whole, micros: whole, isOnCriticalPath: truth },
  { queue: text, worker: text },
);

export const traceAnalysisShape: Shape = object({
  traceId: text,
  criticalPath: object({
    root: object({ name: text }, { spanId: text }),
    startTime: whole,
    endTime: whole,
    isProvisional: truth,
    totals: recordOf(whole),
    segments: listOf(segment),
    contributors: listOf(object({ name: text, spanType: text, spans: whole, micros: whole, byType: recordOf(whole) })),
    detached: listOf(object({ spanId: text, name: text, status, outlivesByMicros: whole })),
    leftOut: recordOf(whole),
    clampedSpans: whole,
    unreachedSpans: whole,
  }),
  queues: object({ queues: listOf(queueTotal), longest: listOf(queueWait), leftOut: recordOf(whole) }),
});
