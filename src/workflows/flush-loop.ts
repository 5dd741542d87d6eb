import { CancellationScope, condition, sleep } from '@temporalio/workflow';
import { END_SPAN, START_SPAN } from '../wire/activity-names.js';
import type { Delivery, WireSpan } from '../wire/span-batch.js';
import { FLUSH_BOUND_MS, type SpanActivity, sendLocal, sendRemote } from './delivery.js';
import type { Flight } from './outbox.js';
import type { RunTracer } from './run-tracer.js';

/** Milliseconds of workflow time between flushes, until the run's configuration is known. */
const DEFAULT_LINGER_MS = 1_000;

/**
 * Carries a run's span events out while it lives.
 *
 * idle      --event-->   gathering   (until the activation has nothing left to do: what happens together leaves together)
 * gathering --window-->  waiting     (less than the linger since the last flush: one timer, events pile up)
 * waiting   --timer-->   flying
 * gathering --no window--> flying    (one flight at a time, so an END does not overtake its START)
 * flying    --answer-->  idle
 * any       --run done-->  over
 *
 * Starts in a non-cancellable scope and never rejects: a loop in the root scope was seen to fail every task of a cancelled workflow.
 */
export function startFlushLoop(run: RunTracer): void {
  CancellationScope.nonCancellable(() => flushLoop(run)).catch(() => {
    // Only a bug of ours gets here, and it must not fail the user's task. What waits leaves with the closing batch.
  });
}

async function flushLoop(run: RunTracer): Promise<void> {
  let lastFlushAtMs: number | undefined;
  while (run.isOpen) {
    await condition(() => !run.isOpen || !run.outbox.isEmpty);
    await gather(run);
    const dueAtMs = lastFlushAtMs === undefined ? 0 : lastFlushAtMs + (run.config?.lingerMs ?? DEFAULT_LINGER_MS);
    const waitMs = dueAtMs - Date.now();
    if (run.isOpen && waitMs > 0) await run.ownCommands.run(run.isolate(), () => sleep(waitMs, { summary: 'everspan' }));
    if (!run.isOpen) return;
    lastFlushAtMs = Date.now();
    await fly(run, run.outbox.takeFlight());
  }
}

// A condition that wakes on its second look wakes after everything that was runnable has run. Again, while that made more events.
async function gather(run: RunTracer): Promise<void> {
  for (let seen = -1; seen !== run.outbox.version && run.isOpen; ) {
    seen = run.outbox.version;
    let looks = 0;
    await condition(() => {
      looks += 1;
      return looks > 1;
    });
  }
}

async function fly(run: RunTracer, flight: Flight): Promise<void> {
  const sends = [...flight.starts.map((spans) => send(run, START_SPAN, spans)), ...flight.ends.map((spans) => send(run, END_SPAN, spans))];
  const delivered = await Promise.all(sends);
  if (delivered.every(Boolean)) run.outbox.landed();
  else run.outbox.returned();
}

async function send(run: RunTracer, activity: SpanActivity, spans: readonly WireSpan[]): Promise<boolean> {
  const batch = run.batch(spans, false);
  const before: Delivery | undefined = run.config?.delivery;
  if (before === 'remote') return sendRemote(run, activity, batch);
  if (await sendLocal(run, activity, batch, FLUSH_BOUND_MS)) return true;
  // A run that is over has told these spans again in its closing batch; one that never asks for remote delivery waits for the next flush.
  if (!run.isOpen || run.config?.delivery === 'local') return false;
  return sendRemote(run, activity, batch);
}
