import type { NexusInterceptorsFactory } from '@temporalio/worker';
import type { OptionNames } from '../span/check-options.js';
import { OK, outcomeOf } from './call-outcome.js';
import { ensureContextManager } from './async-local-context.js';
import { checkTracingOptions } from './check-tracing-options.js';
import { generateSpanId } from './generate-span-id.js';
import { withTraceIds } from './log-attributes.js';
import { runUserCode } from './own-frames.js';
import { ProcessSpan } from './process-span.js';
import { ProcessTrace } from './process-trace.js';
import { quietly } from './quietly.js';
import type { SpanReporter } from './span-reporter.js';
import { readTextHeaders, type TracePlace } from './trace-carrier.js';

/** How Nexus handlers are traced. */
export interface NexusTracingOptions {
  readonly pipeline: SpanReporter;
  /** Share of traces kept, 0 to 1, where the calling run does not know it yet. Default 1. */
  readonly sampleRatio?: number;
}

interface HandlerContext {
  readonly service: string;
  readonly operation: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly abortSignal: AbortSignal;
  readonly requestId?: string;
}

const NAMES: OptionNames<NexusTracingOptions> = { pipeline: true, sampleRatio: true };

/**
 * Interceptors that make one span per call of a Nexus handler, below the caller's span, and run the handler in its context. Log lines get
 * `trace_id` and `span_id`. A call without trace context runs as it is.
 */
export function createNexusInterceptor(options: NexusTracingOptions): NexusInterceptorsFactory {
  checkTracingOptions('createNexusInterceptor', options, NAMES, true);
  const { pipeline, sampleRatio } = options;
  ensureContextManager();
  return () => {
    let place: TracePlace | undefined;
    const traceHandler = <O>(verb: 'start' | 'cancel', ctx: HandlerContext, run: () => Promise<O>): Promise<O> => {
      const caller = quietly(() => readTextHeaders(ctx.headers, sampleRatio));
      if (caller === undefined) return runUserCode(run);
      const span = caller.isSampled ? quietly(() => beginSpan(pipeline, caller, verb, ctx)) : undefined;
      place = span === undefined ? caller : { ...caller, spanId: span.spanId };
      const trace = new ProcessTrace(pipeline, place);
      return runUserCode(() => settle(trace, span, ctx, run));
    };
    return {
      inbound: {
        startOperation: (input, next) => traceHandler('start', input.ctx, () => next(input)),
        cancelOperation: (input, next) => traceHandler('cancel', input.ctx, () => next(input)),
      },
      outbound: { getLogAttributes: (attributes, next) => next(withTraceIds(attributes, place)) },
    };
  };
}

async function settle<O>(
  trace: ProcessTrace,
  span: ProcessSpan | undefined,
  ctx: HandlerContext,
  run: () => Promise<O>,
): Promise<O> {
  try {
    const output = await trace.run(run);
    quietly(() => span?.end(OK));
    return output;
  } catch (thrown) {
    quietly(() => span?.end(outcomeOf(thrown, ctx.abortSignal.aborted)));
    throw thrown;
  }
}

function beginSpan(pipeline: SpanReporter, caller: TracePlace, verb: 'start' | 'cancel', ctx: HandlerContext): ProcessSpan {
  return new ProcessSpan(pipeline, {
    // Drawn: the server does not number the calls of one request.
    spanId: generateSpanId(),
    traceId: caller.traceId,
    parentId: caller.spanId,
    name: `${verb} nexus operation ${ctx.service}/${ctx.operation}`,
    kind: 'SERVER',
    type: 'nexus_handler',
    attributes: {
      'temporal.nexus.service': ctx.service,
      'temporal.nexus.operation': ctx.operation,
      'temporal.nexus.request_id': ctx.requestId,
    },
  });
}
