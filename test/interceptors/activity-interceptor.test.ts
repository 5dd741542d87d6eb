import { context, trace } from '@opentelemetry/api';
import { type Info, log } from '@temporalio/activity';
import {
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
  CompleteAsyncError,
  defaultPayloadConverter,
  type Headers,
} from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { createActivityInterceptor } from '../../src/interceptors/activity-interceptor.js';
import { withSpan } from '../../src/interceptors/activity-with-span.js';
import { writeTemporalHeaders } from '../../src/interceptors/trace-carrier.js';
import { deriveAttemptSpanId } from '../../src/span/ids.js';
import { activityEnvironment } from '../helpers/activity-environment.js';
import { SpanRecorder } from '../helpers/span-recorder.js';
import { TRACE_ID } from '../helpers/spans.js';

const ACTIVITY_SPAN_ID = '00f067aa0ba902b7';
const SAMPLED = writeTemporalHeaders({}, { traceId: TRACE_ID, spanId: ACTIVITY_SPAN_ID, isSampled: true });
const INFO: Partial<Info> = { activityType: 'greet', activityId: '7', attempt: 3, startToCloseTimeoutMs: 5_000 };

describe('activity interceptor', () => {
  it('makes one span an attempt below the activity, reported whole when it ends, never open', async () => {
    const { recorder, run } = makeInterceptor();
    expect(await run(async (name: string) => `hello ${name}`, 'you')).toBe('hello you');
    expect(recorder.events.map((span) => span.status)).toEqual(['OK']);
    const [end] = recorder.events;
    expect(end).toMatchObject({
      spanId: deriveAttemptSpanId(TRACE_ID, ACTIVITY_SPAN_ID, 3),
      traceId: TRACE_ID,
      parentId: ACTIVITY_SPAN_ID,
      name: 'attempt greet',
      type: 'attempt',
      kind: 'SERVER',
      attempt: 3,
      resource: { 'service.name': 'tested' },
      attributes: {
        'temporal.activity.type': 'greet',
        'temporal.activity.id': '7',
        'temporal.activity.attempt': 3,
        'temporal.activity.is_local': false,
        'temporal.activity.scheduled_time': 1_000,
        'temporal.activity.start_to_close_timeout_ms': 5_000,
        'temporal.workflow.id': 'test',
      },
    });
    expect(end?.input).toBeUndefined();
    expect(end?.output).toBeUndefined();
  });

  it('joins the trace of a caller without everspan by the W3C carrier', async () => {
    const carrier = { traceparent: `00-${TRACE_ID}-${ACTIVITY_SPAN_ID}-01` };
    const { recorder, run } = makeInterceptor({ headers: { '_tracer-data': defaultPayloadConverter.toPayload(carrier) } });
    await run(async () => 1);
    expect(recorder.end('attempt greet')).toMatchObject({ traceId: TRACE_ID, parentId: ACTIVITY_SPAN_ID });
  });

  const outcomes: [string, () => unknown, object][] = [
    ['an error', () => new TypeError('no such file'), { status: 'ERROR', statusMessage: 'no such file' }],
    [
      'an application failure',
      () => ApplicationFailure.nonRetryable('no money', 'Broke'),
      { status: 'ERROR', attributes: { 'error.type': 'Broke', 'temporal.failure.non_retryable': true } },
    ],
    [
      'a benign failure',
      () => ApplicationFailure.create({ message: 'not yet', type: 'Poll', category: ApplicationFailureCategory.BENIGN }),
      { status: 'OK', statusMessage: 'not yet', attributes: { 'temporal.failure.category': 'BENIGN' } },
    ],
    ['a cancellation', () => new CancelledFailure('CANCELLED'), { status: 'CANCELED' }],
    [
      'asynchronous completion',
      () => new CompleteAsyncError(),
      { status: 'OK', attributes: { 'temporal.activity.async_completion': true } },
    ],
    ['undefined', () => undefined, { status: 'ERROR', statusMessage: 'undefined', attributes: { 'error.type': 'undefined' } }],
  ];
  it.each(outcomes)('ends the span by what the body throws: %s; that comes out as it is', async (_what, make, expected) => {
    const { recorder, run } = makeInterceptor();
    const thrown = make();
    const caught = await run(async () => {
      throw thrown;
    }).then(
      () => 'nothing',
      (error: unknown) => error,
    );
    expect(caught === thrown).toBe(true);
    expect(recorder.end('attempt greet')).toMatchObject(expected);
  });

  it('tells of an error as an exception event with type, message and stack', async () => {
    const { recorder, run } = makeInterceptor();
    await run(async () => {
      throw new RangeError('too far');
    }).catch(() => {});
    const [event] = recorder.end('attempt greet').events;
    expect(event).toMatchObject({
      name: 'exception',
      attributes: { 'exception.type': 'RangeError', 'exception.message': 'too far' },
    });
    expect(event?.attributes?.['exception.stacktrace']).toContain('activity-interceptor.test');
  });

  it('takes an aborted request for a cancellation only where the activity was cancelled', async () => {
    const abort = Object.assign(new TypeError('aborted'), { name: 'AbortError' });
    const uncancelled = makeInterceptor();
    await uncancelled.run(() => Promise.reject(abort)).catch(() => {});
    expect(uncancelled.recorder.end('attempt greet').status).toBe('ERROR');
    const cancelled = makeInterceptor();
    cancelled.environment.cancel();
    await cancelled.run(() => Promise.reject(abort)).catch(() => {});
    expect(cancelled.recorder.end('attempt greet').status).toBe('CANCELED');
  });

  it('records arguments and result only when asked', async () => {
    const { recorder, run } = makeInterceptor({ captureActivityIo: true });
    const circular: Record<string, unknown> = { n: 1n };
    circular['self'] = circular;
    await run(async (..._args: unknown[]) => ({ ok: true }), 'in', circular);
    expect(recorder.end('attempt greet')).toMatchObject({
      input: ['in', { n: '1', self: '[circular]' }],
      output: { ok: true },
      attributes: { 'everspan.truncated': ['input'] },
    });
  });

  it.each(['START_SPAN', 'END_SPAN'])('does not trace everspan’s own %s', async (activityType) => {
    const { recorder, run } = makeInterceptor({ info: { activityType } });
    await run(async () => 1);
    expect(recorder.events).toEqual([]);
  });

  it('does not trace an activity whose caller has no trace', async () => {
    const { recorder, run } = makeInterceptor({ headers: {} });
    expect(await run(async () => 1)).toBe(1);
    expect(recorder.events).toEqual([]);
  });

  it.each([
    ['text that is no JSON', { data: Buffer.from('{{'), metadata: { encoding: Buffer.from('json/plain') } }],
    ['an unknown encoding', { data: Buffer.from('x'), metadata: { encoding: Buffer.from('binary/encrypted') } }],
    ['an empty payload', {}],
  ])('runs an activity with a header that cannot be read: %s', async (_what, payload) => {
    const { recorder, run } = makeInterceptor({ headers: { everspan: payload, '_tracer-data': payload } });
    expect(await run(async () => 1)).toBe(1);
    expect(recorder.events).toEqual([]);
  });

  it('passes on the context of a trace that is not sampled, and makes no span', async () => {
    const headers = writeTemporalHeaders({}, { traceId: TRACE_ID, spanId: ACTIVITY_SPAN_ID, isSampled: false });
    const { recorder, run } = makeInterceptor({ headers });
    const seen = await run(() =>
      withSpan('inner', async (span) => ({ mine: span, active: trace.getSpanContext(context.active()) })),
    );
    expect(seen.active).toMatchObject({ traceId: TRACE_ID, spanId: ACTIVITY_SPAN_ID, traceFlags: 0 });
    expect(seen.mine.traceId).toBe(TRACE_ID);
    expect(recorder.events).toEqual([]);
  });

  it('tells those below that nothing is kept, also where the caller named no span', async () => {
    const { recorder, run } = makeInterceptor({ headers: writeTemporalHeaders({}, { traceId: TRACE_ID, isSampled: false }) });
    expect(await run(async () => trace.getSpanContext(context.active()))).toMatchObject({ traceId: TRACE_ID, traceFlags: 0 });
    expect(recorder.events).toEqual([]);
  });

  it('makes one span when it is registered twice', async () => {
    const recorder = new SpanRecorder();
    const interceptor = createActivityInterceptor({ pipeline: recorder });
    await activityEnvironment(INFO, SAMPLED, [interceptor, interceptor]).run(async () => 1);
    expect(recorder.ended).toHaveLength(1);
  });

  it('traces every activity of an environment that runs one after another', async () => {
    const { recorder, run } = makeInterceptor();
    await run(async () => 1);
    await run(async () => 2);
    expect(recorder.ended).toHaveLength(2);
  });

  it('puts the ids of the active span on log lines, and leaves what is there', async () => {
    const lines: LogEntry[] = [];
    const recorder = new SpanRecorder();
    const environment = new MockActivityEnvironment(INFO, {
      logger: new DefaultLogger('INFO', (entry) => lines.push(entry)),
      interceptors: [
        () => ({ inbound: { execute: (input, next) => next({ ...input, headers: SAMPLED }) } }),
        createActivityInterceptor({ pipeline: recorder }),
      ],
    });
    await environment.run(async () => {
      log.info('outside');
      await withSpan('inner', async () => {
        log.info('inside', { trace_id: 'mine' });
      });
    });
    expect(
      lines.map((entry) => [entry.message, entry.meta?.['trace_id'] as unknown, entry.meta?.['span_id'] as unknown]),
    ).toEqual([
      ['outside', TRACE_ID, recorder.end('attempt greet').spanId],
      ['inside', 'mine', recorder.end('inner').spanId],
    ]);
  });

  it('leaves the activity alone when the pipeline throws', async () => {
    const broken = {
      get resource(): never {
        throw new TypeError('broken');
      },
      enqueue() {
        throw new TypeError('broken');
      },
    };
    const environment = activityEnvironment(INFO, SAMPLED, [createActivityInterceptor({ pipeline: broken })]);
    expect(await environment.run(async () => withSpan('inner', () => 'result'))).toBe('result');
  });
});

interface InterceptorOptions {
  readonly headers?: Headers;
  readonly info?: Partial<Info>;
  readonly captureActivityIo?: boolean;
}

function makeInterceptor({ headers = SAMPLED, info = {}, captureActivityIo = false }: InterceptorOptions = {}) {
  const recorder = new SpanRecorder();
  const interceptor = createActivityInterceptor({ pipeline: recorder, captureActivityIo });
  const environment = activityEnvironment({ ...INFO, ...info }, headers, [interceptor]);
  const run = <A extends unknown[], R>(body: (...args: A) => Promise<R>, ...args: A): Promise<R> =>
    environment.run<A, R, (...args: A) => Promise<R>>(body, ...args);
  return { recorder, environment, run };
}
