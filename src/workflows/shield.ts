import { AsyncLocalStorage, CancellationScope } from '@temporalio/workflow';

/** Runs `work` inside a non-cancellable scope: in the user's, which may be cancelled, nothing would be scheduled. */
export type Shield = <T>(work: () => T) => T;

/** A shield. The scope that is current where the snapshot is taken is current again wherever it runs: no promise, no tick. */
export function makeShield(): Shield {
  let snapshot: Shield = (work) => work();
  void CancellationScope.nonCancellable(async () => {
    // The SDK's type names the constructor alone; the class is Node's.
    snapshot = (AsyncLocalStorage as unknown as { snapshot(): Shield }).snapshot();
  });
  return (work) => snapshot(work);
}
