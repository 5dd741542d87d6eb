import { AsyncLocalStorage, CancellationScope } from '@temporalio/workflow';
import { withoutTraces } from './without-traces.js';

/** Runs `work` inside a non-cancellable scope: in the user's, which may be cancelled, nothing would be scheduled. */
export type Shield = <T>(work: () => T) => T;

/**
 * A shield. The scope that is current where the snapshot is taken is current again wherever it runs: no promise, no tick. Promises that are made
 * in it are not in the stack traces that the SDK gathers for Temporal's pages.
 */
export function makeShield(): Shield {
  let snapshot: Shield = (work) => work();
  withoutTraces(() => {
    void CancellationScope.nonCancellable(async () => {
      // The SDK's type names the constructor alone; the class is Node's.
      snapshot = (AsyncLocalStorage as unknown as { snapshot(): Shield }).snapshot();
    });
  });
  return (work) => withoutTraces(() => snapshot(work));
}
