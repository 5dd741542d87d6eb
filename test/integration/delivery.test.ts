import { fileURLToPath } from 'node:url';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry';
import { Worker } from '@temporalio/worker';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { propagation } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { expect, onTestFinished, test } from 'vitest';
import { createSpanActivities } from '../../src/activities/span-activities.js';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import { createClientInterceptors } from '../../src/interceptors/client-interceptor.js';
import { traceActivities } from '../../src/interceptors/trace-activities.js';
import { SpanDeliveryError } from '../../src/processors/errors.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { DEFAULT_CONFIG } from '../../src/wire/default-config.js';
import type { SpanBatch } from '../../src/wire/span-batch.js';
import { hangs, ScriptedProcessor, takes } from '../helpers/scripted-processor.js';
import { describeWith } from '../helpers/servers.js';
import { SpanRecorder } from '../helpers/span-recorder.js';
import { TRACE_ID } from '../helpers/spans.js';
import { connectClient, connectWorker, uniqueQueue } from '../helpers/temporal.js';
import type { deliverByHand } from './workflows/deliver-by-hand.js';
import type { waitAndGreet } from './workflows/wait-and-greet.js';

const SPAN = { spanId: '00f067aa0ba902b7', name: 'a', kind: 'INTERNAL', type: 'test', startTime: 1_000 } as const;
const START: SpanBatch = { v: 1, traceId: TRACE_ID, shared: {}, spans: [{ ...SPAN, status: 'RUNNING' }] };
const END: SpanBatch = { v: 1, traceId: TRACE_ID, shared: {}, spans: [{ ...SPAN, endTime: 2_000, status: 'OK' }] };
const silent = { warn: () => {} };

describeWith('temporalServer')('delivery on a real server', () => {
  test('goes as a local and as a remote activity', async () => {
    const memory = new InMemoryProcessor();
    const pipeline = new SpanPipeline({ processors: [memory], logger: silent });
    const receipts = await runDeliverByHand(pipeline);
    expect(receipts).toEqual([
      { v: 1, delivered: true, config: DEFAULT_CONFIG },
      { v: 1, delivered: true, config: DEFAULT_CONFIG },
    ]);
    expect(memory.spans()).toMatchObject([{ name: 'a', status: 'OK', endTime: 2_000 }]);
  });

  test('answers from the local activity, and is retried as the remote one, while the processor is away', async () => {
    const processor = new ScriptedProcessor('scripted', hangs);
    const pipeline = new SpanPipeline({ processors: [processor], logger: silent });
    let failures = 0;
    processor.behaviour = (spans, context) => {
      if (processor.calls[processor.calls.length - 1]?.phase === 'start') return hangs(spans, context);
      failures += 1;
      if (failures < 3) return Promise.reject(new SpanDeliveryError('UNAVAILABLE', 'scripted', 'answered 503'));
      return takes(spans, context);
    };
    const receipts = await runDeliverByHand(pipeline);
    expect(receipts.map((receipt) => receipt.delivered)).toEqual([false, true]);
    expect(failures).toBe(3);
  });

  test('traces activities that are wrapped, several attempts of one run in one trace', async () => {
    const connection = await connectWorker();
    const client = await connectClient();
    const memory = new InMemoryProcessor();
    const pipeline = new SpanPipeline({ processors: [memory], logger: silent });
    onTestFinished(() => pipeline.shutdown(1_000));
    let attempts = 0;
    const lookUpName = async (id: number) => {
      attempts += 1;
      if (attempts < 3) throw new RangeError('not yet');
      return `name ${id}`;
    };
    const taskQueue = uniqueQueue('wrapped');
    const worker = await Worker.create({
      connection,
      taskQueue,
      workflowsPath: fileURLToPath(new URL('./workflows/wait-and-greet.ts', import.meta.url)),
      activities: traceActivities({ lookUpName }, { pipeline }),
    });
    await worker.runUntil(
      client.workflow.execute<typeof waitAndGreet>('waitAndGreet', { workflowId: taskQueue, taskQueue, args: [10] }),
    );
    const spans = await memory.waitFor((all) => all.filter((span) => span.endTime !== undefined).length === 3);
    expect(spans.map((span) => [span.name, span.attempt, span.status])).toEqual([
      ['attempt lookUpName', 1, 'ERROR'],
      ['attempt lookUpName', 2, 'ERROR'],
      ['attempt lookUpName', 3, 'OK'],
    ]);
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
  });
});

describeWith('temporalServer')('client interceptors on a real server', () => {
  test('start, signal and signalWithStart carry the trace into history, once each', async () => {
    const recorder = new SpanRecorder();
    const interceptors = createClientInterceptors({ pipeline: recorder });
    const client = await connectClient({ interceptors: { workflow: [interceptors.workflow] } });
    const workflowId = uniqueQueue('client');
    const handle = await client.workflow.start('none', { workflowId, taskQueue: workflowId });
    onTestFinished(async () => {
      await handle.terminate();
    });
    await handle.signal('one');
    await client.workflow.signalWithStart('none', { workflowId, taskQueue: workflowId, signal: 'two' });

    expect(recorder.ended.map((span) => span.name)).toEqual(['start workflow none', 'signal one', 'signal two with start none']);
    expect(recorder.end('start workflow none').attributes['temporal.run.id']).toBe(handle.firstExecutionRunId);
    const { events } = await handle.fetchHistory();
    const headers = (events ?? []).flatMap((event) => {
      const attributes = event.workflowExecutionStartedEventAttributes ?? event.workflowExecutionSignaledEventAttributes;
      return attributes?.header?.fields === undefined ? [] : [attributes.header.fields as Record<string, Payload>];
    });
    expect(headers.map((fields) => read(fields['everspan'])?.['s'])).toEqual(recorder.ended.map((span) => span.spanId));
    expect(headers.map((fields) => read(fields['_tracer-data'])?.['traceparent'])).toEqual(
      recorder.ended.map((span) => `00-${span.traceId}-${span.spanId}-01`),
    );
  });

  test('a call that the server refuses is a span that failed', async () => {
    const recorder = new SpanRecorder();
    const interceptors = createClientInterceptors({ pipeline: recorder });
    const client = await connectClient({ interceptors: { workflow: [interceptors.workflow] } });
    await expect(client.workflow.getHandle(uniqueQueue('absent')).signal('go')).rejects.toThrow('workflow not found');
    expect(recorder.end('signal go')).toMatchObject({ status: 'ERROR', attributes: { 'error.type': 'WorkflowNotFoundError' } });
  });

  test('a schedule’s action carries a link, also after the schedule was updated', async () => {
    const recorder = new SpanRecorder();
    const interceptors = createClientInterceptors({ pipeline: recorder });
    const client = await connectClient({ interceptors: { schedule: [interceptors.schedule] } });
    const scheduleId = uniqueQueue('schedule');
    const action = { type: 'startWorkflow', workflowType: 'none', taskQueue: scheduleId } as const;
    const handle = await client.schedule.create({ scheduleId, spec: { intervals: [{ every: '1 day' }] }, action });
    onTestFinished(() => handle.delete());
    await handle.update((previous) => ({ ...previous, spec: { intervals: [{ every: '2 days' }] } }));
    const fields = (await handle.describe()).raw.schedule?.action?.startWorkflow?.header?.fields;
    const { traceId, spanId } = recorder.end(`create schedule ${scheduleId}`);
    expect(read(fields?.['everspan'] as Payload)).toEqual({ v: 1, t: traceId, s: spanId, f: 1, l: 1 });
  });

  test.each(['before', 'behind'])('stand %s the official OpenTelemetry interceptor in one trace', async (where) => {
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    onTestFinished(() => propagation.disable());
    const exporter = new InMemorySpanExporter();
    const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('official');
    const recorder = new SpanRecorder();
    const ours = createClientInterceptors({ pipeline: recorder }).workflow;
    const theirs = new OpenTelemetryWorkflowClientInterceptor({ tracer });
    const client = await connectClient({ interceptors: { workflow: where === 'before' ? [ours, theirs] : [theirs, ours] } });
    const workflowId = uniqueQueue('beside');
    const handle = await client.workflow.start('none', { workflowId, taskQueue: workflowId });
    onTestFinished(async () => {
      await handle.terminate();
    });

    const span = recorder.end('start workflow none');
    const [official] = exporter.getFinishedSpans();
    expect(official?.spanContext().traceId).toBe(span.traceId);
    // Whoever stands first is the parent of the other.
    const [outer, inner] =
      where === 'before' ? [span.spanId, official?.parentSpanContext?.spanId] : [official?.spanContext().spanId, span.parentId];
    expect(inner).toBe(outer);
    const [started] = (await handle.fetchHistory()).events ?? [];
    const fields = started?.workflowExecutionStartedEventAttributes?.header?.fields as Record<string, Payload>;
    expect(read(fields['everspan'])).toMatchObject({ t: span.traceId, s: span.spanId });
    expect(read(fields['_tracer-data'])?.['traceparent']).toContain(official?.spanContext().spanId);
  });
});

async function runDeliverByHand(pipeline: SpanPipeline) {
  const connection = await connectWorker();
  const client = await connectClient();
  const taskQueue = uniqueQueue('by-hand');
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('./workflows/deliver-by-hand.ts', import.meta.url)),
    activities: createSpanActivities({ pipeline, config: DEFAULT_CONFIG }),
  });
  return worker.runUntil(
    client.workflow.execute<typeof deliverByHand>('deliverByHand', { workflowId: taskQueue, taskQueue, args: [START, END] }),
  );
}

function read(payload: Payload | undefined): Record<string, unknown> | undefined {
  return payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
}
