import { context, trace } from '@opentelemetry/api';
import type { NexusInboundCallsInterceptor, NexusStartOperationInput } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { withSpan } from '../../src/interceptors/activity-with-span.js';
import { createNexusInterceptor } from '../../src/interceptors/nexus-interceptor.js';
import { writeTextHeaders } from '../../src/interceptors/trace-carrier.js';
import { SpanRecorder } from '../helpers/span-recorder.js';
import { TRACE_ID } from '../helpers/spans.js';

const CALLER = { traceId: TRACE_ID, spanId: '00f067aa0ba902b7', isSampled: true } as const;

describe('nexus interceptor', () => {
  it('makes a span per call of a handler below the caller’s, and runs the handler in it', async () => {
    const { recorder, start, cancel } = makeHandler(writeTextHeaders({}, CALLER));
    const seen = await start(() => withSpan('inner', () => trace.getSpanContext(context.active())?.traceId));
    expect(seen).toBe(TRACE_ID);
    await cancel();
    const span = recorder.end('start nexus operation s/o');
    expect(span).toMatchObject({
      traceId: TRACE_ID,
      parentId: CALLER.spanId,
      kind: 'SERVER',
      type: 'nexus_handler',
      attributes: { 'temporal.nexus.service': 's', 'temporal.nexus.operation': 'o', 'temporal.nexus.request_id': 'r' },
    });
    expect(recorder.end('inner').parentId).toBe(span.spanId);
    expect(recorder.end('cancel nexus operation s/o').parentId).toBe(CALLER.spanId);
  });

  it('joins a caller without everspan, whatever the case of its header names', async () => {
    const { recorder, start } = makeHandler({ Traceparent: `00-${TRACE_ID}-${CALLER.spanId}-01` });
    await start(() => 1);
    expect(recorder.end('start nexus operation s/o')).toMatchObject({ traceId: TRACE_ID, parentId: CALLER.spanId });
  });

  it('runs a handler of a caller without trace context as it is', async () => {
    const { recorder, start } = makeHandler({ everspan: 'nonsense', traceparent: 'nonsense' });
    expect(await start(() => 1)).toBe(1);
    expect(recorder.events).toEqual([]);
  });

  it('ends the span of a handler that throws by what it throws', async () => {
    const { recorder, start } = makeHandler(writeTextHeaders({}, CALLER));
    const error = new RangeError('no');
    await expect(
      start(() => {
        throw error;
      }),
    ).rejects.toBe(error);
    expect(recorder.end('start nexus operation s/o')).toMatchObject({ status: 'ERROR', statusMessage: 'no' });
  });

  it('puts the ids of the span on log lines', async () => {
    const { recorder, start, logAttributes } = makeHandler(writeTextHeaders({}, CALLER));
    const attributes = await start(() => logAttributes());
    expect(attributes).toEqual({
      given: 1,
      trace_id: TRACE_ID,
      span_id: recorder.end('start nexus operation s/o').spanId,
    });
  });
});

function makeHandler(headers: Record<string, string>) {
  const recorder = new SpanRecorder();
  const ctx = { service: 's', operation: 'o', headers, abortSignal: new AbortController().signal, requestId: 'r' };
  const { inbound, outbound } = createNexusInterceptor({ pipeline: recorder })(ctx);
  const { startOperation, cancelOperation } = inbound as Required<NexusInboundCallsInterceptor>;
  const start = async <R>(handler: () => R): Promise<R> => {
    const input = { ctx, input: 1 } as unknown as NexusStartOperationInput;
    const output = await startOperation(input, async () => ({ result: handler() }) as never);
    return output.result as R;
  };
  return {
    recorder,
    start,
    cancel: () => cancelOperation({ ctx, token: 't' }, async () => {}),
    logAttributes: () => outbound?.getLogAttributes?.({ given: 1 }, (attributes) => attributes),
  };
}
