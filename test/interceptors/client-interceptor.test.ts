import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type {
  CreateScheduleInput,
  StartNexusOperationInput,
  WorkflowStartInput,
  WorkflowStartUpdateWithStartInput,
} from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { type ClientTracingOptions, createClientInterceptors } from '../../src/interceptors/client-interceptor.js';
import { SpanRecorder } from '../helpers/span-recorder.js';
import { TRACE_ID } from '../helpers/spans.js';

const CALLER = { traceId: TRACE_ID, spanId: '00f067aa0ba902b7', traceFlags: 1 };
const START = {
  workflowType: 'greet',
  headers: {},
  options: { workflowId: 'w', taskQueue: 'q', args: [] },
} as unknown as WorkflowStartInput;

describe('client interceptors', () => {
  it('begin a trace with the call, and hand it on in both headers', async () => {
    const { recorder, start } = makeClient();
    const sent = await start();
    const span = recorder.end('start workflow greet');
    expect(span).toMatchObject({
      type: 'client_start',
      kind: 'PRODUCER',
      status: 'OK',
      attributes: {
        'temporal.workflow.type': 'greet',
        'temporal.workflow.id': 'w',
        'temporal.task_queue': 'q',
        'temporal.run.id': 'run-1',
      },
    });
    expect(span.parentId).toBeUndefined();
    expect(ours(sent)).toEqual({ v: 1, t: span.traceId, s: span.spanId, f: 1 });
    expect(carrier(sent)).toEqual({ traceparent: `00-${span.traceId}-${span.spanId}-01` });
  });

  it('go on with the trace of the active span, its tracestate and its baggage', async () => {
    const { recorder, start } = makeClient({ sampleRatio: 0 });
    const baggage = propagation.createBaggage({ tenant: { value: 'a b' } });
    const active = propagation.setBaggage(trace.setSpanContext(ROOT_CONTEXT, CALLER), baggage);
    const sent = await context.with(active, () => start());
    const span = recorder.end('start workflow greet');
    expect(span).toMatchObject({ traceId: TRACE_ID, parentId: CALLER.spanId });
    expect(carrier(sent)).toEqual({ traceparent: `00-${TRACE_ID}-${span.spanId}-01`, baggage: 'tenant=a%20b' });
  });

  it('begin no trace for a workflow that a roll-out leaves out, and go on with one that the caller has begun', async () => {
    const { recorder, start } = makeClient({ isRolledOut: (workflowId) => workflowId !== 'w' });
    expect(await start()).toEqual({});
    expect(recorder.events).toEqual([]);
    await context.with(trace.setSpanContext(ROOT_CONTEXT, CALLER), () => start());
    expect(recorder.end('start workflow greet')).toMatchObject({ traceId: TRACE_ID, parentId: CALLER.spanId });
  });

  it('make the call the active span while it is made', async () => {
    const { recorder, interceptors } = makeClient();
    const seen: (string | undefined)[] = [];
    await interceptors.workflow.startWithDetails?.(START, async () => {
      seen.push(trace.getSpanContext(context.active())?.spanId);
      return { runId: 'run-1', eagerlyStarted: false };
    });
    expect(seen).toEqual([recorder.end('start workflow greet').spanId]);
  });

  it('pass on that a trace is not sampled, and make no span: by ratio, and by the caller', async () => {
    const { recorder, start } = makeClient({ sampleRatio: 0, keepErrors: true, owner: 'team' });
    const sent = await start();
    expect(ours(sent)).toEqual({ v: 1, t: expect.stringMatching(/^[0-9a-f]{32}$/) as string, f: 0, o: 'team', k: 1 });
    expect(carrier(sent)?.['traceparent']).toMatch(/-00$/);
    const below = await context.with(trace.setSpanContext(ROOT_CONTEXT, { ...CALLER, traceFlags: 0 }), () => start());
    expect(ours(below)).toMatchObject({ t: TRACE_ID, s: CALLER.spanId, f: 0 });
    expect(recorder.events).toEqual([]);
  });

  it('carry context without a pipeline too', async () => {
    const interceptors = createClientInterceptors({});
    let sent: Headers = {};
    await context.with(trace.setSpanContext(ROOT_CONTEXT, CALLER), () =>
      interceptors.workflow.startWithDetails?.(START, async (input) => {
        sent = input.headers;
        return { runId: 'run-1', eagerlyStarted: false };
      }),
    );
    expect(ours(sent)).toEqual({ v: 1, t: TRACE_ID, s: CALLER.spanId, f: 1 });
  });

  it('leave a W3C carrier that another interceptor has written, and join it where no span is active', async () => {
    const { recorder, start } = makeClient();
    const theirs = { traceparent: `00-${TRACE_ID}-${CALLER.spanId}-01`, tracestate: 'vendor=1' };
    const sent = await start({ headers: { '_tracer-data': defaultPayloadConverter.toPayload(theirs), other: {} } });
    expect(carrier(sent)).toEqual(theirs);
    expect(sent['other']).toEqual({});
    expect(recorder.end('start workflow greet')).toMatchObject({ traceId: TRACE_ID, parentId: CALLER.spanId });
  });

  it('make one span when they are registered twice', async () => {
    const { recorder, interceptors } = makeClient();
    await interceptors.workflow.startWithDetails?.(START, (input) => {
      const again = interceptors.workflow.startWithDetails?.(input, async () => ({ runId: 'run-1', eagerlyStarted: false }));
      return again as NonNullable<typeof again>;
    });
    expect(recorder.ended).toHaveLength(1);
  });

  it('end the span of a call that fails as an error, and let the error through as it is', async () => {
    const { recorder, interceptors } = makeClient();
    const error = new RangeError('already started');
    await expect(interceptors.workflow.startWithDetails?.(START, () => Promise.reject(error))).rejects.toBe(error);
    expect(recorder.end('start workflow greet')).toMatchObject({ status: 'ERROR', attributes: { 'error.type': 'RangeError' } });
  });

  it('make the call whatever is wrong with tracing', async () => {
    const broken = {
      get resource(): never {
        throw new TypeError('broken');
      },
      enqueue() {
        throw new TypeError('broken');
      },
    };
    const interceptors = createClientInterceptors({ pipeline: broken });
    const output = { runId: 'run-1', eagerlyStarted: true };
    expect(await interceptors.workflow.startWithDetails?.(START, async () => output)).toBe(output);
  });

  it('trace signal, signalWithStart, query and update, each once', async () => {
    const { recorder, interceptors } = makeClient();
    const { workflow } = interceptors;
    const workflowExecution = { workflowId: 'w', runId: 'run-1' };
    const sent: Headers[] = [];
    await workflow.signal?.({ signalName: 'go', args: [], workflowExecution, headers: {} }, async (input) => {
      sent.push(input.headers);
    });
    await workflow.signalWithStart?.({ ...START, signalName: 'go', signalArgs: [] }, async (input) => {
      sent.push(input.headers);
      return 'run-1';
    });
    await workflow.query?.({ queryType: 'how', args: [], workflowExecution, headers: {} }, async (input) => {
      sent.push(input.headers);
      return 'fine';
    });
    const update = { updateName: 'set', args: [], workflowExecution, headers: {}, options: {} };
    await workflow.startUpdate?.(update, async (input) => {
      sent.push(input.headers);
      return { updateId: 'u', workflowRunId: 'run-1' };
    });
    expect(recorder.ended.map((span) => [span.name, span.type, span.attributes['temporal.workflow.id']])).toEqual([
      ['signal go', 'client_signal', 'w'],
      ['signal go with start greet', 'client_signal_with_start', 'w'],
      ['query how', 'client_query', 'w'],
      ['update set', 'client_update', 'w'],
    ]);
    expect(sent.map((headers) => ours(headers)?.['s'])).toEqual(recorder.ended.map((span) => span.spanId));
    expect(recorder.end('update set').attributes).toMatchObject({ 'temporal.update.id': 'u', 'temporal.run.id': 'run-1' });
  });

  it('give the start and the update of an updateWithStart the same span', async () => {
    const { recorder, interceptors } = makeClient();
    const input = {
      workflowType: 'greet',
      workflowStartOptions: { workflowId: 'w', taskQueue: 'q' },
      workflowStartHeaders: {},
      updateName: 'set',
      updateArgs: [],
      updateOptions: {},
      updateHeaders: {},
    } as unknown as WorkflowStartUpdateWithStartInput;
    let sent: WorkflowStartUpdateWithStartInput = input;
    await interceptors.workflow.startUpdateWithStart?.(input, async (given) => {
      sent = given;
      return { workflowExecution: { workflowId: 'w', runId: 'run-1' }, updateId: 'u' };
    });
    const { spanId } = recorder.end('update set with start greet');
    expect([ours(sent.workflowStartHeaders)?.['s'], ours(sent.updateHeaders)?.['s']]).toEqual([spanId, spanId]);
  });

  it('give the runs of a schedule a link, not a parent, and no W3C carrier', async () => {
    const { recorder, interceptors } = makeClient();
    const options = { scheduleId: 's', action: { workflowType: 'greet', taskQueue: 'q' } };
    let sent: Headers = {};
    await interceptors.schedule.create?.({ headers: {}, options } as unknown as CreateScheduleInput, async (input) => {
      sent = input.headers;
      return { conflictToken: new Uint8Array() };
    });
    const span = recorder.end('create schedule s');
    expect(ours(sent)).toEqual({ v: 1, t: span.traceId, s: span.spanId, f: 1, l: 1 });
    expect(sent['_tracer-data']).toBeUndefined();
  });

  it('put context into the text headers of a Nexus operation', async () => {
    const { recorder, interceptors } = makeClient();
    const input: StartNexusOperationInput = {
      endpoint: 'e',
      service: 's',
      operation: 'o',
      id: '1',
      arg: 1,
      headers: { mine: 'kept' },
    };
    let sent: Readonly<Record<string, string>> = {};
    await interceptors.nexus.startOperation?.(input, async (given) => {
      sent = given.headers ?? {};
      return undefined as never;
    });
    const span = recorder.end('nexus operation s/o');
    expect(sent).toMatchObject({ mine: 'kept', traceparent: `00-${span.traceId}-${span.spanId}-01` });
    expect(JSON.parse(sent['everspan'] ?? '')).toEqual({ v: 1, t: span.traceId, s: span.spanId, f: 1 });
  });
});

function makeClient(options: ClientTracingOptions = {}) {
  const recorder = new SpanRecorder();
  const interceptors = createClientInterceptors({ pipeline: recorder, ...options });
  const start = async (changes: Partial<WorkflowStartInput> = {}): Promise<Headers> => {
    let sent: Headers = {};
    await interceptors.workflow.startWithDetails?.({ ...START, ...changes }, async (input) => {
      sent = input.headers;
      return { runId: 'run-1', eagerlyStarted: false };
    });
    return sent;
  };
  return { recorder, interceptors, start };
}

function ours(headers: Headers): Record<string, unknown> | undefined {
  return read(headers['everspan']);
}

function carrier(headers: Headers): Record<string, unknown> | undefined {
  return read(headers['_tracer-data']);
}

function read(payload: Headers[string] | undefined): Record<string, unknown> | undefined {
  return payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
}
