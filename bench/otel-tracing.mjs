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
  const name = variant.tracing === 'otel-v1' ? '@temporalio/interceptors-opentelemetry' : '@temporalio/interceptors-opentelemetry-v2';
  // Resolved from the interceptors, so that each meets the SDK that it was made for.
  const requireHere = createRequire(import.meta.url);
  const requireThere = createRequire(requireHere.resolve(name));
  const { OpenTelemetryPlugin } = requireHere(name);
  const { BasicTracerProvider, BatchSpanProcessor } = requireThere('@opentelemetry/sdk-trace-base');
  const { W3CTraceContextPropagator } = requireThere('@opentelemetry/core');
  const resources = requireThere('@opentelemetry/resources');
  const attributes = { 'service.name': 'bench', 'process.pid': process.pid };
  const resource =
    resources.resourceFromAttributes === undefined ? new resources.Resource(attributes) : resources.resourceFromAttributes(attributes);

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
