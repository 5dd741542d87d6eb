import { type ActivityOptions, CancellationScope, type LocalActivityOptions, scheduleActivity, scheduleLocalActivity } from '@temporalio/workflow';
import { utf8Length } from '../span/clean-value.js';
import { END_SPAN, START_SPAN } from '../wire/activity-names.js';
import type { SpanBatch, SpanReceipt, WireSpan } from '../wire/span-batch.js';
import type { RunTracer } from './run-tracer.js';

/** The longest that one flush may hold a workflow task, in milliseconds. */
export const FLUSH_BOUND_MS = 250;

// What a local activity's marker takes in history, measured: its result is the receipt, its input is not recorded.
const LOCAL_HISTORY_BYTES = 900;
// Events of a remote activity and of the workflow task that it causes, besides its input.
const REMOTE_HISTORY_BYTES = 1_600;

/** Where a batch goes: spans that have begun, or that have ended. */
export type SpanActivity = typeof START_SPAN | typeof END_SPAN;

/**
 * Sends one batch as a local activity: one attempt, one history event.
 *
 * @returns Whether it is known to be delivered. Never rejects.
 */
export async function sendLocal(run: RunTracer, activity: SpanActivity, batch: SpanBatch, boundMs: number): Promise<boolean> {
  run.historyBytes += LOCAL_HISTORY_BYTES;
  const options: LocalActivityOptions = {
    startToCloseTimeout: boundMs,
    retry: { maximumAttempts: 1 },
    summary: summaryOf(batch.spans),
  };
  try {
    const receipt = await shielded(run, () => scheduleLocalActivity<SpanReceipt>(activity, [batch], options));
    return accept(run, receipt);
  } catch {
    // Timed out, or its worker is gone: not known to be delivered.
    return false;
  }
}

/**
 * Sends one batch as a remote activity, which the server tries again for an hour, on whichever worker.
 *
 * @returns Whether it is known to be delivered. Never rejects.
 */
export async function sendRemote(run: RunTracer, activity: SpanActivity, batch: SpanBatch): Promise<boolean> {
  run.historyBytes += REMOTE_HISTORY_BYTES + utf8Length(JSON.stringify(batch));
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
  try {
    const receipt = await shielded(run, () => scheduleActivity<SpanReceipt>(activity, [batch], options));
    return accept(run, receipt);
  } catch {
    // An hour of attempts, or a batch that no worker takes.
    return false;
  }
}

// In a cancelled scope nothing is scheduled, and a cancellation of the user's is not one of ours.
function shielded<T>(run: RunTracer, schedule: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(() => run.ownCommands.run(run.isolate(), schedule));
}

function accept(run: RunTracer, receipt: SpanReceipt): boolean {
  run.config ??= receipt.config;
  return receipt.delivered;
}

// For Temporal's own pages. No names: what is shown there is not redacted.
function summaryOf(spans: readonly WireSpan[]): string {
  return spans.length === 1 ? '1 span' : `${spans.length} spans`;
}
