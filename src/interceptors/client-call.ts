import { context } from '@opentelemetry/api';
import type { Headers } from '@temporalio/common';
import { isSampled } from '../span/ids.js';
import type { SpanKind } from '../span/span.js';
import { TRACE_HEADER } from '../wire/activity-names.js';
import { OK, outcomeOf } from './call-outcome.js';
import { clientOperation } from './client-operation.js';
import { generateSpanId } from './generate-span-id.js';
import { generateTraceId } from './generate-trace-id.js';
import { activePlace, contextAt } from './otel-context.js';
import { ProcessSpan } from './process-span.js';
import { quietly } from './quietly.js';
import type { SpanReporter } from './span-reporter.js';
import { readTemporalHeaders, readTextHeaders, type TracePlace } from './trace-carrier.js';

/** How a client's calls are traced. */
export interface ClientTracingOptions {
  /** Where the client's own spans go; without it calls carry context and make no span. */
  readonly pipeline?: SpanReporter;
  /** Share of new traces that are kept, 0 to 1, as OpenTelemetry's TraceIdRatioBased. A caller's decision wins. Default 1. */
  readonly sampleRatio?: number;
  /** Whether the root span of a run that was sampled out is sent when the run fails. Default false. */
  readonly keepErrors?: boolean;
  /** Whether runs of this workflow id are traced, by a roll-out; calls to others begin no trace. Default: all are. */
  readonly isRolledOut?: (workflowId: string) => boolean;
  /** Owner of the traces that begin here, carried along to every run. */
  readonly owner?: string;
}

/** What one call is. */
export interface ClientCall<O> {
  readonly name: string;
  readonly type: string;
  readonly kind: SpanKind;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Attributes that only the answer knows. */
  readonly describe?: (output: O) => Readonly<Record<string, unknown>>;
}

/**
 * What `send` returns, as one traced call: `send` gets the place in the trace that the call carries, and runs in its context.
 *
 * Whatever goes wrong with tracing, the call is made, without context then. Errors come out as they are.
 *
 * @param parent - Where the caller stands; a trace begins here when it is `undefined`.
 */
export async function traceCall<O>(
  options: ClientTracingOptions,
  parent: TracePlace | undefined,
  call: ClientCall<O>,
  send: (place: TracePlace | undefined) => Promise<O>,
): Promise<O> {
  const place = quietly(() => placeOfCall(options, parent));
  if (place === undefined) return send(undefined);
  const span = quietly(() => beginSpan(options.pipeline, parent, place, call));
  try {
    const output = await context.with(contextAt(place), () => send(place));
    quietly(() => {
      span?.setAttributes(call.describe?.(output) ?? {});
      span?.end(OK);
    });
    return output;
  } catch (thrown) {
    quietly(() => span?.end(outcomeOf(thrown)));
    throw thrown;
  }
}

/** Where the caller of a call with these headers stands: the active span, else what another interceptor has written. */
export function callerOf(headers: Headers): TracePlace | undefined {
  return quietly(() => activePlace().place ?? readTemporalHeaders(headers));
}

/** The same for a Nexus request's text headers. */
export function callerOfText(headers: Readonly<Record<string, string>>): TracePlace | undefined {
  return quietly(() => activePlace().place ?? readTextHeaders(headers));
}

/** Whether an interceptor of ours has been here before: it then traces the call. */
export function isTraced(headers: Readonly<Record<string, unknown>>): boolean {
  return headers[TRACE_HEADER] !== undefined;
}

function placeOfCall(options: ClientTracingOptions, parent: TracePlace | undefined): TracePlace {
  const { keepErrors, owner } = options;
  if (parent !== undefined) {
    // Without a span of ours the callee hangs below the caller's own.
    return {
      ...marks(keepErrors, owner),
      ...parent,
      ...(makesSpan(options, parent.isSampled) ? { spanId: generateSpanId() } : {}),
    };
  }
  // An operation that was made outside any trace has one waiting for it.
  const traceId = clientOperation.getStore()?.t ?? generateTraceId();
  const sampled = isSampled(traceId, options.sampleRatio ?? 1);
  const { baggage } = activePlace();
  return {
    ...marks(keepErrors, owner),
    traceId,
    // A trace that begins with a call that nobody records begins with what is called.
    ...(makesSpan(options, sampled) ? { spanId: generateSpanId() } : {}),
    isSampled: sampled,
    ...(baggage === undefined ? {} : { baggage }),
  };
}

function makesSpan(options: ClientTracingOptions, sampled: boolean): boolean {
  return options.pipeline !== undefined && sampled;
}

function marks(keepErrors: boolean | undefined, owner: string | undefined): Pick<TracePlace, 'keepErrors' | 'owner'> {
  return { ...(keepErrors === true ? { keepErrors } : {}), ...(owner === undefined ? {} : { owner }) };
}

function beginSpan<O>(
  reporter: SpanReporter | undefined,
  parent: TracePlace | undefined,
  place: TracePlace,
  call: ClientCall<O>,
): ProcessSpan | undefined {
  if (reporter === undefined || !place.isSampled || place.spanId === undefined) return undefined;
  const { name, kind, type, attributes } = call;
  const { traceId, spanId } = place;
  return new ProcessSpan(reporter, { spanId, traceId, parentId: parent?.spanId, name, kind, type, attributes });
}
