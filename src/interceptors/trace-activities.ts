import { Context } from '@temporalio/activity';
import type { OptionNames } from '../span/check-options.js';
import { EverspanConfigError } from '../span/config-error.js';
import { deriveSpanId, deriveTraceId, isSampled, startOfRunMs } from '../span/ids.js';
import { describeValue } from '../span/validate-span.js';
import { type AttemptOptions, type AttemptParent, runAttempt } from './attempt-span.js';
import { ensureContextManager } from './async-local-context.js';
import { checkTracingOptions } from './check-tracing-options.js';
import { activePlace } from './otel-context.js';
import { traceOfActivity } from './process-trace.js';
import { quietly } from './quietly.js';

/** How wrapped activities are traced. */
export interface TraceActivitiesOptions extends AttemptOptions {
  /** Share of workflow runs whose activities are traced, 0 to 1, decided by the trace id. Default 1. */
  readonly sampleRatio?: number;
}

const NAMES: OptionNames<TraceActivitiesOptions> = { pipeline: true, captureActivityIo: true, sampleRatio: true };

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

// Symbol.for: activities wrapped by another copy of this package are wrapped too.
const WRAPPED = Symbol.for('everspan.traced-activity');

/**
 * `activities` with every function traced, for workers where no plugin can be registered: one `attempt` span per attempt.
 *
 * Types, `this`, `length`, `name` and own properties stay; of an instance of a class the methods are wrapped too, and its fields and
 * private members work on. Where the interceptor traces already, nothing is added. A wrapped function called outside of an activity
 * is called as it is.
 *
 * Headers cannot be seen from here: without an active OpenTelemetry span the attempts of one workflow run share a trace of their own,
 * derived from the run.
 *
 * @throws EverspanConfigError `INVALID_OPTION`.
 *
 * @example
 * const worker = await Worker.create({ taskQueue, activities: traceActivities(activities, { pipeline }) });
 */
export function traceActivities<T extends object>(activities: T, options: TraceActivitiesOptions): T {
  checkTracingOptions('traceActivities', options, NAMES, true);
  if (typeof activities !== 'object' || activities === null) {
    const got = describeValue(activities);
    throw new EverspanConfigError('INVALID_OPTION', `traceActivities: the activities must be an object of functions, got ${got}`);
  }
  ensureContextManager();
  const traced = Object.create(Object.getPrototypeOf(activities) as object | null) as T;
  for (const key of Reflect.ownKeys(activities)) defineOwn(traced, activities, key, options);
  for (const key of inheritedMethodNames(activities)) {
    if (Object.hasOwn(traced, key)) continue;
    const method = Reflect.get(activities, key) as AnyFunction;
    defineValue(traced, key, wrap(method, traced, activities, options), false);
  }
  return traced;
}

function defineOwn(traced: object, activities: object, key: PropertyKey, options: TraceActivitiesOptions): void {
  const descriptor = Object.getOwnPropertyDescriptor(activities, key);
  const enumerable = descriptor?.enumerable === true;
  const value: unknown = descriptor?.get === undefined ? descriptor?.value : undefined;
  if (typeof value === 'function') {
    defineValue(traced, key, wrap(value as AnyFunction, traced, activities, options), enumerable);
    return;
  }
  // State stays where the methods look for it.
  Object.defineProperty(traced, key, {
    get: () => Reflect.get(activities, key) as unknown,
    set(replaced: unknown) {
      Reflect.set(activities, key, replaced);
    },
    enumerable,
    configurable: true,
  });
}

function defineValue(target: object, key: PropertyKey, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true });
}

function inheritedMethodNames(activities: object): PropertyKey[] {
  const names: PropertyKey[] = [];
  let prototype = Object.getPrototypeOf(activities) as object | null;
  while (prototype !== null && prototype !== Object.prototype) {
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (key !== 'constructor' && typeof descriptor.value === 'function') names.push(key);
    }
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return names;
}

// What belongs to the one function, not to its kind.
const NOT_COPIED: ReadonlySet<PropertyKey> = new Set(['prototype', 'arguments', 'caller']);

function wrap(original: AnyFunction, traced: object, activities: object, options: TraceActivitiesOptions): AnyFunction {
  if (Object.hasOwn(original, WRAPPED)) return original;
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    // Private members are the original's alone.
    const self = this === traced ? activities : this;
    const call = () => original.apply(self, args);
    const owner = currentActivity();
    if (owner === undefined || traceOfActivity(owner) !== undefined) return call();
    const parent = quietly(() => parentOf(owner, options.sampleRatio ?? 1));
    return parent === undefined ? call() : runAttempt(owner, parent, options, args, call);
  };
  for (const key of Reflect.ownKeys(original)) {
    const descriptor = Object.getOwnPropertyDescriptor(original, key);
    if (descriptor !== undefined && !NOT_COPIED.has(key)) Object.defineProperty(wrapper, key, descriptor);
  }
  Object.defineProperty(wrapper, WRAPPED, { value: true });
  return wrapper;
}

function currentActivity(): Context | undefined {
  try {
    return Context.current();
  } catch {
    // Called outside of an activity, e.g. by a unit test.
    return undefined;
  }
}

function parentOf(owner: Context, sampleRatio: number): AttemptParent {
  const { namespace, workflowExecution, activityId, activityRunId } = owner.info;
  const { place } = activePlace();
  if (place?.spanId !== undefined) return { place, activitySpanId: place.spanId, parentId: place.spanId };
  const workflowId = workflowExecution?.workflowId ?? activityId;
  const runId = workflowExecution?.runId ?? activityRunId ?? activityId;
  const traceId = deriveTraceId(namespace, workflowId, runId, startOfRunMs(runId));
  return {
    place: { traceId, isSampled: isSampled(traceId, sampleRatio) },
    activitySpanId: deriveSpanId(runId, 'activity', activityId),
  };
}
