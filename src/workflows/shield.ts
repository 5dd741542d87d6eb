import { AsyncLocalStorage, CancellationScope } from '@temporalio/workflow';

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

/**
 * Runs `work`, which makes promises of ours, without the stack trace that the SDK takes for each promise in a workflow, source maps applied: it
 * was most of what a flush cost. The SDK reads it off a `new Error()` of the workflow's own, so that one, of no arguments, is an empty object
 * meanwhile; every other use of `Error` is what it is.
 */
function withoutTraces<T>(work: () => T): T {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'Error');
  if (own?.configurable !== true || own.value !== Error) return work();
  Object.defineProperty(globalThis, 'Error', { ...own, value: traceless(Error) });
  try {
    return work();
  } finally {
    Object.defineProperty(globalThis, 'Error', own);
  }
}

let made: ErrorConstructor | undefined;

function traceless(error: ErrorConstructor): ErrorConstructor {
  made ??= new Proxy(error, {
    construct: (target, args, newTarget): object => {
      if (newTarget !== made) return Reflect.construct(target, args, newTarget) as object;
      return args.length === 0 ? {} : (Reflect.construct(target, args) as object);
    },
  });
  return made;
}
