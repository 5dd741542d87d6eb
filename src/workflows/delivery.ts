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
import type { RunTracer } from './run-tracer.js';

/** The longest that one flush may hold a workflow task, in milliseconds. */
export const FLUSH_BOUND_MS = 250;

// What a local activity's marker takes in history, measured: its result is the receipt, its input is not recorded.
const LOCAL_HISTORY_BYTES = 900;
// Events of a remote activity and of the workflow task that it causes, besides its input.
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
 * Sends one batch as a local activity: one attempt, one history event. Called inside a non-cancellable scope: in a cancelled one nothing
 * is scheduled.
 *
 * @returns What came back. Never rejects.
 */
export function sendLocal(run: RunTracer, activity: SpanActivity, batch: SpanBatch, boundMs: number): Promise<FlushAnswer> {
  run.historyBytes += LOCAL_HISTORY_BYTES;
  const options: LocalActivityOptions = {
    startToCloseTimeout: boundMs,
    retry: { maximumAttempts: 1 },
    summary: summaryOf(batch.spans),
  };
  const receipt = run.ownCommands.run(run.isolate(), () => scheduleLocalActivity<SpanReceipt>(activity, [batch], options));
  run.localsUnderWay += 1;
  const ended = (answer: FlushAnswer): FlushAnswer => {
    run.localsUnderWay -= 1;
    return answer;
  };
  // Timed out, or its worker is gone: not known to be delivered.
  return receipt.then(
    (answer) => ended(read(answer, { isOver: false })),
    (error: unknown) => ended({ isOver: isRefusal(error) }),
  );
}

/**
 * Sends one batch as a remote activity, which the server tries again for an hour, on whichever worker. Called inside a non-cancellable
 * scope.
 *
 * @param batchBytes - What `batch` takes as JSON: it is in history.
 * @returns What came back. Never rejects.
 */
export function sendRemote(run: RunTracer, activity: SpanActivity, batch: SpanBatch, batchBytes: number): Promise<FlushAnswer> {
  run.historyBytes += REMOTE_HISTORY_BYTES + batchBytes;
  const taskQueue = run.config?.spanTaskQueue;
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
  const receipt = run.ownCommands.run(run.isolate(), () => scheduleActivity<SpanReceipt>(activity, [batch], options));
  // An hour of attempts, or a batch that no worker takes. A remote attempt that did not deliver throws: any answer is a good one.
  return receipt.then(
    (answer) => read(answer, { isOver: true }),
    (error: unknown) => ({ isOver: isRefusal(error) }),
  );
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
