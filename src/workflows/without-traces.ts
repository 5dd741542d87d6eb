/**
 * Runs `work`, which makes promises of ours, without the stack trace that the SDK takes for each promise in a workflow, source maps applied: it
 * was most of what a flush cost. The SDK reads it off an `Error` of the workflow's own that it makes without arguments: such a one is an empty
 * object meanwhile, and every other use of `Error` what it is.
 */
export function withoutTraces<T>(work: () => T): T {
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
