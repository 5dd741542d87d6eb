import { currentIsolate } from './isolate.js';

/**
 * A value for each workflow run. The modules of this folder may be shared by all workflows of a worker (see `configureBundler` of the plugin), so that
 * what a variable of a module holds would be everybody's.
 */
export class PerRun<Value extends object> {
  private readonly values = new WeakMap<object, Value>();

  /** The value of the run whose code this is; `undefined` where none was set, and outside a workflow. */
  get(): Value | undefined {
    const isolate = currentIsolate();
    return isolate === undefined ? undefined : this.values.get(isolate);
  }

  /** Sets the value of the run whose code this is. */
  set(value: Value): void {
    const isolate = currentIsolate();
    if (isolate !== undefined) this.values.set(isolate, value);
  }
}
