import { createAwaitedTracing } from './awaited-tracing.mjs';
import { createEverspanTracing } from './everspan-tracing.mjs';
import { createOtelTracing } from './otel-tracing.mjs';

/**
 * What one process needs to trace in one way.
 *
 * @typedef {object} Tracing
 * @property {readonly (import('@temporalio/client').ClientPlugin & import('@temporalio/worker').WorkerPlugin)[]} plugins
 * @property {Record<string, (...args: never[]) => Promise<unknown>>} activities - Registered beside the workload's own.
 * @property {() => Promise<void>} settle - Resolves when nothing waits to be written.
 * @property {() => Promise<void>} close - The end of the process is near.
 *
 * @typedef {object} TracingOptions
 * @property {import('./variants.mjs').Variant} variant
 * @property {string} rowsPath - File that spans are appended to, one JSON object a line.
 * @property {string | undefined} spanServerUrl - Where spans go instead, for variants that have an HTTP processor.
 */

/**
 * @param {TracingOptions} options
 * @returns {Promise<Tracing>}
 */
// oxlint-disable-next-line typescript/consistent-return -- the compiler knows that the cases are all there are
export async function createTracing(options) {
  switch (options.variant.tracing) {
    case 'everspan':
      return createEverspanTracing(options);
    case 'otel-v1':
    case 'otel-v2':
      return createOtelTracing(options);
    case 'awaited':
      return createAwaitedTracing(options);
    case 'untraced':
      return UNTRACED;
  }
}

/** @type {Tracing} */
const UNTRACED = { plugins: [], activities: {}, settle: async () => {}, close: async () => {} };
