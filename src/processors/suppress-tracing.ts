import { context, createContextKey } from '@opentelemetry/api';

// The key by which OpenTelemetry's instrumentations know not to trace: created anew from its text, it is the same one.
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/** What `send` returns, run where OpenTelemetry's instrumentations make no spans: sending spans must not make more of them. */
export function withoutTracing<T>(send: () => T): T {
  return context.with(context.active().setValue(SUPPRESS_TRACING, true), send);
}
