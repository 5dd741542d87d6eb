import type { OperationStore } from '../../src/state/operation-store.js';
import { MemoryOperationStore } from '../../src/state/memory-operation-store.js';
import { type TracedWorker, type TracedWorkerOptions, startTracedWorker } from './traced-worker.js';

export interface OperationWorkerOptions extends TracedWorkerOptions {
  /** Default: one in memory. */
  readonly store?: OperationStore;
}

/** A traced worker whose workflows and activities drive operations. Call it inside a test. */
export async function startOperationWorker({
  store,
  everspan,
  ...options
}: OperationWorkerOptions): Promise<TracedWorker & { readonly store: OperationStore }> {
  const kept = store ?? new MemoryOperationStore();
  const traced = await startTracedWorker({
    ...options,
    everspan: { operations: { store: kept, watchdog: 'elsewhere' }, ...everspan },
  });
  return { ...traced, store: kept };
}
