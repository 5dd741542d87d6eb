import { basename, dirname } from 'node:path';
import { JsonlProcessor } from 'everspan/processors';
import { createAttemptInterceptors, createAwaitedActivities } from './awaited-activities.mjs';

/**
 * The activities that the awaited interceptors call and the interceptor of attempts, with everspan's own JSONL processor behind them.
 * A client is not traced.
 *
 * @param {import('./tracing.mjs').TracingOptions} options
 * @returns {import('./tracing.mjs').Tracing}
 */
export function createAwaitedTracing({ rowsPath }) {
  const processor = new JsonlProcessor({ folder: dirname(rowsPath), fileName: basename(rowsPath) });
  const activities = createAwaitedActivities(processor, { 'service.name': 'bench', 'process.pid': process.pid });
  const plugin = {
    name: 'awaited',
    /** @param {import('@temporalio/worker').WorkerOptions} options */
    configureWorker: (options) => ({ ...options, interceptors: { activity: [createAttemptInterceptors(activities)] } }),
  };
  return { plugins: [plugin], activities, settle: async () => {}, close: () => processor.shutdown() };
}
