import { proxySinks, type Sinks } from '@temporalio/workflow';
import { END_SPAN, SINK_NAME } from '../wire/activity-names.js';
import type { Closing, SpanBatch } from '../wire/span-batch.js';
import { FLUSH_BOUND_MS, sendLocal } from './delivery.js';
import type { Outcome } from './outcome.js';
import type { RunTracer } from './run-tracer.js';

/** Of a workflow task's timeout, at most, for a local activity: Core asks for more time by itself while one runs. */
const ACTIVITY_SHARE = 0.25;
/** The same for a sink, where it cannot: of a task with a local activity of the user's it asks for more time once 0.8 of it are over. */
const DIRECT_SHARE = 0.1;

/**
 * The sink through which a last batch leaves. The worker calls it with the activation that closes the run, and reports that one once the call has ended:
 * `deliver` ends when the batch is out, `boundMs` at most, `enqueue` at once.
 */
export interface EverspanSinks extends Sinks {
  readonly [SINK_NAME]: { deliver(batch: SpanBatch, boundMs: number): void; enqueue(batch: SpanBatch): void };
}

/**
 * Ends every span of the run and sends what is left, within the workflow task that closes it.
 *
 * It never crosses a task (a flush that did was seen to lose half of a user's signals: they are accepted after the main function
 * has returned, and nobody reads them), so it is one attempt from this process, never a remote one, and waits for nothing that is in flight:
 * what flies is in the last batch once more.
 *
 * @returns `undefined` when there is nothing to wait for. The promise never rejects.
 */
export function closeRun(run: RunTracer, outcome: Outcome): Promise<void> | undefined {
  if (!run.finish(outcome)) return undefined;
  const batches = run.outbox.takeLast().map((spans) => run.batch(spans, true));
  const way = closingWay(run);
  if (batches.length === 0 || way === 'record') return undefined;
  const { taskTimeoutMs } = run.isolate().info;
  if (way !== 'activity') {
    const sink = proxySinks<EverspanSinks>()[SINK_NAME];
    for (const batch of batches) {
      if (way === 'direct') sink.deliver(batch, Math.min(FLUSH_BOUND_MS, Math.floor(taskTimeoutMs * DIRECT_SHARE)));
      else sink.enqueue(batch);
    }
    return undefined;
  }
  const boundMs = Math.min(FLUSH_BOUND_MS, Math.floor(taskTimeoutMs * ACTIVITY_SHARE));
  return run.shielded(
    () =>
      new Promise<void>((resolve) => {
        let unanswered = batches.length;
        const answered = (): void => {
          unanswered -= 1;
          if (unanswered === 0) resolve();
        };
        for (const batch of batches) sendLocal(run, END_SPAN, batch, boundMs, answered);
      }),
  );
}

function closingWay(run: RunTracer): Exclude<Closing, 'auto'> {
  const { config, hasTakenMessages } = run;
  // A configured run of one task has no answer yet: an activity is there on every worker. With messages it counts on the sink, which the plugin always
  // brings: such runs are what a flood of signals is made of, and there the server holds new ones back while a task lasts.
  if (config === undefined) return hasTakenMessages ? 'background' : 'activity';
  const { closing: wanted, hasSink } = config;
  if (wanted === 'record') return wanted;
  if (!hasSink) return 'activity';
  if (wanted !== 'auto') return wanted;
  return hasTakenMessages ? 'background' : 'direct';
}
