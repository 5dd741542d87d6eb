import { proxySinks, type Sinks } from '@temporalio/workflow';
import { END_SPAN, SINK_NAME } from '../wire/activity-names.js';
import { DEFAULT_CONFIG } from '../wire/default-config.js';
import type { Closing, SpanBatch } from '../wire/span-batch.js';
import { FLUSH_BOUND_MS, sendLocal } from './delivery.js';
import type { Outcome } from './outcome.js';
import type { RunTracer } from './run-tracer.js';

/** The sink through which a last batch may leave: taken over by the process at once, at no time and no history. */
export interface EverspanSinks extends Sinks {
  readonly [SINK_NAME]: { close(batch: SpanBatch): void };
}

/**
 * Ends every span of the run and sends what is left, within the workflow task that closes it.
 *
 * It never crosses a task (a flush that did was seen to lose half of a user's signals: they are accepted after the main function
 * has returned, and nobody reads them), so it is one local attempt, never a remote one, and waits for nothing that is in flight:
 * what flies is in the last batch once more.
 *
 * @returns `undefined` when there is nothing to wait for. The promise never rejects.
 */
export function closeRun(run: RunTracer, outcome: Outcome): Promise<void> | undefined {
  if (!run.finish(outcome)) return undefined;
  const batches = run.outbox.takeLast().map((spans) => run.batch(spans, true));
  const way = closingWay(run);
  if (batches.length === 0 || way === 'record') return undefined;
  if (way === 'background') {
    const sink = proxySinks<EverspanSinks>()[SINK_NAME];
    for (const batch of batches) sink.close(batch);
    return undefined;
  }
  const boundMs = Math.min(FLUSH_BOUND_MS, Math.floor(run.isolate().info.taskTimeoutMs / 4));
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
  // A configured run of one task has no answer yet. It counts on the sink, which the plugin always brings: such runs are what a flood of signals
  // is made of, and there a longer task costs most.
  const { closing: wanted, hasSink: canUseSink } = run.config ?? DEFAULT_CONFIG;
  if (wanted === 'background') return canUseSink ? 'background' : 'activity';
  if (wanted !== 'auto') return wanted;
  return run.hasTakenMessages && canUseSink ? 'background' : 'activity';
}
