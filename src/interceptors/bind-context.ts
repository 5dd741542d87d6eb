import { AsyncResource } from 'node:async_hooks';
import { context } from '@opentelemetry/api';

/**
 * `fn`, bound to the span, the activity and everything else that is current now, wherever it is called from: a worker pool, an event
 * emitter, a queue that was made before. Its `this` stays the caller's.
 */
export function bindContext<F extends (...args: never[]) => unknown>(fn: F): F {
  // Both: the resource carries what lives in Node's storages, and OpenTelemetry's manager may live elsewhere.
  const bound = context.bind(context.active(), fn) as unknown as (...args: unknown[]) => unknown;
  return AsyncResource.bind(bound) as unknown as F;
}
