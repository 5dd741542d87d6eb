import { basename, dirname } from 'node:path';
import { JsonlProcessor } from 'everspan/processors';
import { createAwaitedActivities } from './awaited-activities.mjs';

/**
 * The activities that the awaited interceptors call, with everspan's own JSONL processor behind them. A client is not traced.
 *
 * @param {import('./tracing.mjs').TracingOptions} options
 * @returns {import('./tracing.mjs').Tracing}
 */
export function createAwaitedTracing({ rowsPath }) {
  const processor = new JsonlProcessor({ folder: dirname(rowsPath), fileName: basename(rowsPath) });
  return {
    plugins: [],
    activities: createAwaitedActivities(processor, { 'service.name': 'bench', 'process.pid': process.pid }),
    settle: async () => {},
    close: () => processor.shutdown(),
  };
}
