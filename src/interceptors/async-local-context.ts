import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, type ContextManager, context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';

/**
 * Carries OpenTelemetry's context through awaits, timers and callbacks.
 *
 * Our own, since the API is a peer of ours and the ready-made one is not: a dependency on it would bring a second version beside the
 * user's, for the twenty lines that Node's AsyncLocalStorage leaves to do.
 */
export class AsyncLocalContextManager implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(active, () => fn.apply(thisArg, args));
  }

  /** Functions are bound; anything else, an emitter too, comes back as it is. */
  bind<T>(bound: Context, target: T): T {
    if (typeof target !== 'function') return target;
    const storage = this.#storage;
    const original = target as unknown as (...args: unknown[]) => unknown;
    const wrapper = function (this: unknown, ...args: unknown[]): unknown {
      return storage.run(bound, () => original.apply(this, args));
    };
    Object.defineProperty(wrapper, 'length', { value: original.length, configurable: true });
    return wrapper as unknown as T;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }
}

const PROBE = createContextKey('everspan.context-manager-probe');

/** Registers a context manager with OpenTelemetry where the process has none. Whoever registered one before keeps it. */
export function ensureContextManager(): void {
  if (hasContextManager()) return;
  context.setGlobalContextManager(new AsyncLocalContextManager());
}

// The API does not say whether one is registered, but without one no value is carried.
function hasContextManager(): boolean {
  return context.with(ROOT_CONTEXT.setValue(PROBE, true), () => context.active().getValue(PROBE) === true);
}
