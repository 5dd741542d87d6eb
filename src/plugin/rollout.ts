import type { WorkerOptions } from '@temporalio/worker';
import { sha256Hex } from '../span/sha256.js';
import { CONFIGURED, PATCH_ID } from '../wire/activity-names.js';

type PatchActivationCallback = NonNullable<WorkerOptions['patchActivationCallback']>;

/**
 * Decides which new runs get our marker: none in mode `off`, else the share `rollout` of workflow ids. Every other patch is the
 * user's, and his own callback's to decide.
 */
export function rolloutCallback(
  options: { readonly mode: 'on' | 'off'; readonly rollout: number },
  own: PatchActivationCallback | undefined,
): PatchActivationCallback {
  return (input) => {
    // Asked where the marker has been granted.
    if (input.patchId === CONFIGURED) return true;
    if (input.patchId !== PATCH_ID) return own === undefined ? true : own(input);
    if (options.mode === 'off') return false;
    return isRolledOut(input.workflowInfo.workflowId, options.rollout);
  };
}

/** Whether `workflowId` is in the share: the same answer on every worker, and still yes as the share grows. */
export function isRolledOut(workflowId: string, rollout: number): boolean {
  return Number.parseInt(sha256Hex(workflowId).slice(0, 8), 16) < rollout * 2 ** 32;
}
