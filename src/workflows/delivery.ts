import {
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  type LocalActivityOptions,
  scheduleActivity,
  scheduleLocalActivity,
} from '@temporalio/workflow';
import { isObject } from '../span/validate-span.js';
import type { END_SPAN, START_SPAN } from '../wire/activity-names.js';
import type { RecordedConfig, SpanBatch, SpanReceipt, WireSpan } from '../wire/span-batch.js';
import { type Observer, takeOverCommand } from './isolate.js';
import type { RunTracer } from './run-tracer.js';

/** The longest that one flush may hold a workflow task, in milliseconds. */
export const FLUSH_BOUND_MS = 250;

/** Events of a workflow task: scheduled, started, completed. */
export const WORKFLOW_TASK_EVENTS = 3;
// A marker.
const LOCAL_EVENTS = 1;
// Scheduled, started, completed; and the workflow task that it causes.
const REMOTE_EVENTS = 3 + WORKFLOW_TASK_EVENTS;
// What these take besides the activity's input, measured.
const REMOTE_HISTORY_BYTES = 1_600;

/** Where a batch goes: spans that have begun, or that have ended. */
export type SpanActivity = typeof START_SPAN | typeof END_SPAN;

/** What is known of a batch that was sent. */
export interface FlushAnswer {
  /** Delivered, or refused for ever. */
  readonly isOver: boolean;
  /** The configuration of whoever delivered it. */
  readonly config?: RecordedConfig;
}

/**
 * Sends one batch as a local activity: one attempt, one history event.
 *
 * @param answered - Called once, while the end of the activity is handed in.
 */
export function sendLocal(
  run: RunTracer,
  activity: SpanActivity,
  batch: SpanBatch,
  boundMs: number,
  answered: (answer: FlushAnswer) => void,
): void {
  run.spend(LOCAL_EVENTS);
  const options: LocalActivityOptions = {
    startToCloseTimeout: boundMs,
    retry: { maximumAttempts: 1 },
    summary: summaryOf(batch.spans),
  };
  const ended = (answer: FlushAnswer): void => {
    run.localsUnderWay -= 1;
    answered(answer);
  };
  run.localsUnderWay += 1;
  schedule(run, () => scheduleLocalActivity<SpanReceipt>(activity, [batch], options), {
    resolved: (answer) => ended(read(answer, { isOver: false })),
    // Timed out, or its worker is gone: not known to be delivered.
    rejected: (error) => ended({ isOver: isRefusal(error) }),
  });
}

/**
 * Sends one batch as a remote activity, which the server tries again for an hour, on whichever worker.
 *
 * @param batchBytes - What `batch` takes as JSON: it is in history.
 * @param answered - Called once, while the end of the activity is handed in.
 */
export function sendRemote(
  run: RunTracer,
  activity: SpanActivity,
  batch: SpanBatch,
  batchBytes: number,
  answered: (answer: FlushAnswer) => void,
): void {
  run.spend(REMOTE_EVENTS, REMOTE_HISTORY_BYTES + batchBytes);
  const taskQueue = run.spanTaskQueue;
  const options: ActivityOptions = {
    activityId: `everspan-${run.nextOrdinal('everspan')}`,
    startToCloseTimeout: 30_000,
    scheduleToCloseTimeout: 3_600_000,
    retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 60_000 },
    cancellationType: 'ABANDON',
    // Eager slots are the user's.
    allowEagerDispatch: false,
    summary: summaryOf(batch.spans),
    ...(taskQueue === undefined ? {} : { taskQueue }),
  };
  schedule(run, () => scheduleActivity<SpanReceipt>(activity, [batch], options), {
    // A remote attempt that did not deliver throws: any answer is a good one.
    resolved: (answer) => answered(read(answer, { isOver: true })),
    // An hour of attempts, or a batch that no worker takes.
    rejected: (error) => answered({ isOver: isRefusal(error) }),
  });
}

function schedule(run: RunTracer, call: () => Promise<unknown>, observer: Observer): void {
  const isolate = run.isolate();
  const seq = run.ownCommands.nextActivitySeq;
  run.shielded(() => takeOverCommand(isolate, 'activity', seq, run.ownCommands.run(isolate, call), observer));
}

// An interceptor or a converter of the user's may have made something else of the answer: that must not fail his workflow task.
function read(answer: unknown, unreadable: FlushAnswer): FlushAnswer {
  if (!isObject(answer) || typeof answer['delivered'] !== 'boolean' || !isObject(answer['config'])) return unreadable;
  const receipt = answer as unknown as SpanReceipt;
  return { isOver: receipt.delivered, config: receipt.config };
}

// Sent again it would be refused again, with all the spans beside it, at the cost of history each time. A local activity's own failure comes
// as it was thrown, a remote one's inside an ActivityFailure.
function isRefusal(error: unknown): boolean {
  const failure = error instanceof ActivityFailure ? error.cause : error;
  return failure instanceof ApplicationFailure && failure.nonRetryable === true;
}

// For Temporal's own pages. No names: what is shown there is not redacted.
function summaryOf(spans: readonly WireSpan[]): string {
  return spans.length === 1 ? '1 span' : `${spans.length} spans`;
}
