import type { Span } from '../span/span.js';
import { compareText } from './compare-text.js';
import { walkTrace } from './critical-path.js';
import type { CriticalPathOptions } from './path-model.js';
import type { SpanGraph } from './span-graph.js';
import { NONE } from './span-index.js';
import { ATTEMPT_SCHEDULED_TIME, TASK_QUEUE, textAttribute, timeAttribute } from './span-traits.js';

/** One thing that waited for a worker. Microseconds since the epoch. */
export interface QueueWait {
  readonly spanId: string;
  readonly name: string;
  readonly attempt: number;
  /** `undefined` where no span says it. */
  readonly queue: string | undefined;
  /** The process that took it: `service.instance.id`, else host and pid. `undefined` where nothing says it. */
  readonly worker: string | undefined;
  readonly scheduledTime: number;
  readonly startTime: number;
  readonly micros: number;
  readonly isOnCriticalPath: boolean;
}

/** All that waited for one task queue. */
export interface QueueTotal {
  readonly queue: string | undefined;
  readonly waits: number;
  readonly totalMicros: number;
  readonly longestMicros: number;
  /** Of what is on the critical path. */
  readonly criticalMicros: number;
  /** Who took it, the longest wait first. */
  readonly workers: readonly { readonly worker: string | undefined; readonly waits: number; readonly totalMicros: number }[];
}

export interface QueueAttribution {
  /** By total, the longest first. */
  readonly queues: readonly QueueTotal[];
  /** The longest single waits. */
  readonly longest: readonly QueueWait[];
  readonly leftOut: { readonly queues: number; readonly waits: number; readonly waitsMicros: number };
}

const TOP_DEFAULT = 100;

/**
 * What waited for which queue, and how long: each attempt from when the server scheduled it, each run and Nexus handler from when its
 * caller asked for it, until a worker began.
 *
 * @param spans - Of one trace.
 */
export function attributeQueues(spans: readonly Span[], options: CriticalPathOptions = {}): QueueAttribution {
  const top = options.top ?? TOP_DEFAULT;
  const waits = spans.length === 0 ? [] : waitsOf(spans, options);
  const queues = totalsOf(waits);
  waits.sort((a, b) => (a.micros === b.micros ? compareText(a.spanId, b.spanId) : b.micros - a.micros));
  const left = waits.slice(top);
  return {
    queues: queues.slice(0, top),
    longest: waits.slice(0, top),
    leftOut: {
      queues: Math.max(0, queues.length - top),
      waits: left.length,
      waitsMicros: left.reduce((sum, { micros }) => sum + micros, 0),
    },
  };
}

function waitsOf(spans: readonly Span[], options: CriticalPathOptions): QueueWait[] {
  const { graph, path } = walkTrace(spans, options);
  const waits: QueueWait[] = [];
  for (let at = 0; at < graph.spans.length; at += 1) {
    if (graph.isReached[at] === 0) continue;
    const span = graph.spans[at] as Span;
    const scheduledTime = scheduledAt(graph, at, span);
    if (scheduledTime === undefined) continue;
    const startTime = graph.start[at] as number;
    const above = graph.spans[graph.up[at] as number];
    waits.push({
      spanId: span.spanId,
      name: span.name,
      attempt: span.attempt,
      queue: textAttribute(span, TASK_QUEUE) ?? (above === undefined ? undefined : textAttribute(above, TASK_QUEUE)),
      worker: workerOf(span),
      scheduledTime: Math.min(scheduledTime, startTime),
      startTime,
      micros: Math.max(0, startTime - scheduledTime),
      isOnCriticalPath: path.isOnPath[at] === 1,
    });
  }
  return waits;
}

function scheduledAt({ spans, start, up, starter }: SpanGraph, at: number, span: Span): number | undefined {
  if (span.type === 'attempt') return timeAttribute(span, ATTEMPT_SCHEDULED_TIME);
  const above = up[at] as number;
  if (above === NONE || starter[at] !== NONE) return undefined;
  const { type } = spans[above] as Span;
  const isCalled =
    (span.type === 'workflow' && type === 'child_workflow') || (span.type === 'nexus_handler' && type === 'nexus_operation');
  return isCalled ? start[above] : undefined;
}

// A workflow's span names the process that delivered its event, which need not be the one that ran it.
function workerOf({ type, resource }: Span): string | undefined {
  if (type === 'workflow') return undefined;
  const { 'service.instance.id': instance, 'host.name': host, 'process.pid': pid } = resource;
  if (typeof instance === 'string' && instance !== '') return instance;
  if (pid === undefined) return undefined;
  return typeof host === 'string' ? `${host}/${String(pid)}` : String(pid);
}

function totalsOf(waits: readonly QueueWait[]): QueueTotal[] {
  const byQueue = new Map<string | undefined, QueueWait[]>();
  for (const wait of waits) {
    const known = byQueue.get(wait.queue);
    if (known === undefined) byQueue.set(wait.queue, [wait]);
    else known.push(wait);
  }
  return [...byQueue]
    .map(([queue, ofQueue]) => ({
      queue,
      waits: ofQueue.length,
      totalMicros: ofQueue.reduce((sum, { micros }) => sum + micros, 0),
      longestMicros: ofQueue.reduce((longest, { micros }) => Math.max(longest, micros), 0),
      criticalMicros: ofQueue.reduce((sum, { micros, isOnCriticalPath }) => sum + (isOnCriticalPath ? micros : 0), 0),
      workers: workersOf(ofQueue),
    }))
    .sort((a, b) =>
      a.totalMicros === b.totalMicros ? compareText(a.queue ?? '', b.queue ?? '') : b.totalMicros - a.totalMicros,
    );
}

function workersOf(waits: readonly QueueWait[]): QueueTotal['workers'] {
  const found = new Map<string | undefined, { worker: string | undefined; waits: number; totalMicros: number }>();
  for (const { worker, micros } of waits) {
    let one = found.get(worker);
    if (one === undefined) found.set(worker, (one = { worker, waits: 0, totalMicros: 0 }));
    one.waits += 1;
    one.totalMicros += micros;
  }
  return [...found.values()].sort((a, b) =>
    a.totalMicros === b.totalMicros ? compareText(a.worker ?? '', b.worker ?? '') : b.totalMicros - a.totalMicros,
  );
}
