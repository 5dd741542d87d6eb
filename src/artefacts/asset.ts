import { inTask } from './phase.js';
import type { Asset, LineageOptions } from './task-options.js';

/** Records a version of an asset that the task made. Its owner is the task's, unless it says another. */
export function asset(made: Asset): void {
  inTask('asset', ({ run, dataId: around }) => {
    const dataId = run.ownerOfRows(made.dataId, around);
    if (dataId !== undefined) run.addAsset(made, dataId);
  });
}

/**
 * Says which tasks' data this task used: one source, or a list. They become rows, one a source, when the task succeeds, and never if it
 * fails.
 */
export function lineageFrom(sources: string | readonly string[], options: LineageOptions = {}): void {
  inTask('source', ({ run, dataId: around }) => {
    const dataId = run.ownerOfRows(options.dataId, around);
    if (dataId === undefined) return;
    for (const sourceId of typeof sources === 'string' ? [sources] : sources) run.addSource(sourceId, dataId);
  });
}
