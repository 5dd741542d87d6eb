import { createRequire } from 'node:module';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OtelRowExporter } from './otel-row-exporter.mjs';

/**
 * Temporal's own OpenTelemetry plugin, set up as its documentation says: a batch processor with its defaults, W3C headers.
 *
 * Version 1 goes with the SDK 1 that it brings, version 2 with SDK 2.
 *
 * @param {import('./tracing.mjs').TracingOptions} options
 * @returns {Promise<import('./tracing.mjs').Tracing>}
 */
export async function createOtelTracing({ variant, rowsPath }) {
  const name =
    variant.tracing === 'otel-v1' ? '@temporalio/interceptors-opentelemetry' : '@temporalio/interceptors-opentelemetry-v2';
  // Resolved from the interceptors, so that each meets the SDK that it was made for.
  const requireHere = createRequire(import.meta.url);
  const requireThere = createRequire(requireHere.resolve(name));
  const { OpenTelemetryPlugin } = /** @type {typeof import('@temporalio/interceptors-opentelemetry-v2')} */ (requireHere(name));
  const { BasicTracerProvider, BatchSpanProcessor } = /** @type {typeof import('@opentelemetry/sdk-trace-base')} */ (
    requireThere('@opentelemetry/sdk-trace-base')
  );
  const { W3CTraceContextPropagator } = /** @type {typeof import('@opentelemetry/core')} */ (requireThere('@opentelemetry/core'));
  const resource = createResource(/** @type {Resources} */ (requireThere('@opentelemetry/resources')));

  const exporter = new OtelRowExporter(rowsPath);
  const spanProcessor = new BatchSpanProcessor(exporter);
  const provider = new BasicTracerProvider({ resource, spanProcessors: [spanProcessor] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    plugins: [new OpenTelemetryPlugin({ resource, spanProcessor, tracer: provider.getTracer('bench') })],
    activities: {},
    settle: () => spanProcessor.forceFlush(),
    close: () => provider.shutdown(),
  };
}

/**
 * SDK 2 has the function, SDK 1 the class.
 *
 * @typedef {import('@opentelemetry/resources').Resource} Resource
 * @typedef {object} Resources
 * @property {typeof import('@opentelemetry/resources').resourceFromAttributes} [resourceFromAttributes]
 * @property {new (attributes: import('@opentelemetry/api').Attributes) => Resource} [Resource]
 */

/** @param {Resources} resources @returns {Resource} */
function createResource({ resourceFromAttributes, Resource }) {
  const attributes = { 'service.name': 'bench', 'process.pid': process.pid };
  if (resourceFromAttributes !== undefined) return resourceFromAttributes(attributes);
  if (Resource !== undefined) return new Resource(attributes);
  throw new TypeError('this version of @opentelemetry/resources has neither resourceFromAttributes nor Resource');
}
