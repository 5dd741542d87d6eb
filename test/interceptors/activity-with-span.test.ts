import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { context, propagation, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { createActivityInterceptor } from '../../src/interceptors/activity-interceptor.js';
import { withSpan } from '../../src/interceptors/activity-with-span.js';
import { bindContext } from '../../src/interceptors/bind-context.js';
import { writeTemporalHeaders } from '../../src/interceptors/trace-carrier.js';
import { activityEnvironment } from '../helpers/activity-environment.js';
import { SpanRecorder } from '../helpers/span-recorder.js';
import { TRACE_ID } from '../helpers/spans.js';

const PLACE = { traceId: TRACE_ID, spanId: '00f067aa0ba902b7', isSampled: true } as const;

describe('withSpan in an activity', () => {
  it('nests through awaits and side by side', async () => {
    const recorder = await traced(async () => {
      await withSpan('outer', async () => {
        await setImmediate();
        await Promise.all(
          Array.from({ length: 50 }, (_, index) =>
            withSpan(`side ${index}`, async () => {
              await setImmediate();
              await withSpan(`deep ${index}`, async () => index);
            }),
          ),
        );
      });
    });
    const outer = recorder.end('outer');
    expect(outer.parentId).toBe(recorder.end('attempt greet').spanId);
    for (let index = 0; index < 50; index += 1) {
      const side = recorder.end(`side ${index}`);
      expect(side.parentId).toBe(outer.spanId);
      expect(recorder.end(`deep ${index}`).parentId).toBe(side.spanId);
    }
    expect(new Set(recorder.ended.map((span) => span.spanId)).size).toBe(102);
  });

  it('returns what the body returns: a value, the very promise, and throws what it throws', async () => {
    await traced(async () => {
      expect(withSpan('value', () => 5)).toBe(5);
      const promise = Promise.resolve(6);
      expect(withSpan('promise', () => promise)).toBe(promise);
      const error = new RangeError('no');
      expect(() =>
        withSpan('throws', () => {
          throw error;
        }),
      ).toThrow(error);
      await expect(withSpan('rejects', () => Promise.reject(error))).rejects.toBe(error);
    });
  });

  it('ends with the outcome of the body, unless that has set a status', async () => {
    const recorder = await traced(async () => {
      await withSpan('fine', async () => 1);
      await withSpan('fails', () => Promise.reject(new RangeError('no'))).catch(() => {});
      await withSpan('judged', async (span) => span.setStatus('ERROR', 'found nothing'));
    });
    expect(recorder.end('fine').status).toBe('OK');
    expect(recorder.end('fails')).toMatchObject({
      status: 'ERROR',
      statusMessage: 'no',
      attributes: { 'error.type': 'RangeError' },
    });
    expect(recorder.end('judged')).toMatchObject({ status: 'ERROR', statusMessage: 'found nothing' });
  });

  it('records what it is told, cleaned to what a span can hold', async () => {
    const recorder = await traced(async () => {
      await withSpan(
        'full',
        async (span) => {
          span.setAttribute('passages', 40);
          span.setAttributes({ nan: Number.NaN, big: 10n, deep: { a: 1 } });
          span.addEvent('ranked', { best: 'a.md' });
          span.addLink({ traceId: TRACE_ID, spanId: '00f067aa0ba902b7' });
          span.addLink({ traceId: 'x', spanId: 'y' });
          span.addLink(undefined as never);
          span.setOutput({ answer: 42 });
        },
        { attributes: { model: 'm' }, kind: 'CLIENT', type: 'llm', input: ['question'] },
      );
    });
    expect(recorder.end('full')).toMatchObject({
      kind: 'CLIENT',
      type: 'llm',
      attributes: { model: 'm', passages: 40, nan: 'NaN', big: '10', deep: '{"a":1}' },
      events: [{ name: 'ranked', attributes: { best: 'a.md' } }],
      links: [{ traceId: TRACE_ID, spanId: '00f067aa0ba902b7' }],
      input: ['question'],
      output: { answer: 42 },
    });
  });

  it('runs the body outside of an activity too, untraced', () => {
    expect(withSpan('alone', (span) => [span.traceId, span.setAttribute('a', 1)])).toEqual(['', undefined]);
  });

  it('takes a span that hostile input was made for, and goes on', async () => {
    const hostile = {
      get a(): never {
        throw new TypeError('no');
      },
    };
    const recorder = await traced(async () => {
      const result = withSpan('hostile', () => new Proxy({}, { has: () => true, get: refuse }), {
        attributes: hostile,
        input: hostile,
      });
      expect(typeof result).toBe('object');
    });
    expect(recorder.end('hostile').attributes['a']).toBe('[unreadable]');
  });

  it('is the parent of what other OpenTelemetry instrumentation makes, and its child', async () => {
    const exporter = new InMemorySpanExporter();
    const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('http');
    const recorder = await traced(async () => {
      await withSpan('outer', async () => {
        await tracer.startActiveSpan('GET /', async (span) => {
          await withSpan('inner', async () => {});
          span.end();
        });
      });
    });
    const [http] = exporter.getFinishedSpans();
    expect(http?.spanContext().traceId).toBe(TRACE_ID);
    expect(http?.parentSpanContext?.spanId).toBe(recorder.end('outer').spanId);
    expect(recorder.end('inner').parentId).toBe(http?.spanContext().spanId);
  });

  it('stays in its trace where the code has begun another', async () => {
    const tracer = new BasicTracerProvider().getTracer('other');
    const recorder = await traced(async () => {
      await tracer.startActiveSpan('elsewhere', { root: true }, async () => withSpan('inner', async () => {}));
    });
    expect(recorder.end('inner')).toMatchObject({ traceId: TRACE_ID, parentId: recorder.end('attempt greet').spanId });
  });

  it('hands on tracestate and baggage of the caller', async () => {
    let seen: unknown;
    await traced(
      async () => {
        const active = context.active();
        seen = [trace.getSpanContext(active)?.traceState?.serialize(), propagation.getBaggage(active)?.getEntry('tenant')?.value];
      },
      { tracestate: 'vendor=1', baggage: 'tenant=a%20b;p=1' },
    );
    expect(seen).toEqual(['vendor=1', 'a b']);
  });
});

describe('bindContext', () => {
  it('carries the span into emitters and pools, and keeps the caller’s this', async () => {
    const emitter = new EventEmitter();
    const queue: (() => void)[] = [];
    const recorder = await traced(async () => {
      await withSpan('outer', async () => {
        emitter.on(
          'row',
          bindContext(function (this: unknown, row: string) {
            expect(this).toBe(emitter);
            withSpan(`row ${row}`, () => {});
          }),
        );
        queue.push(bindContext(() => withSpan('pooled', () => {})));
      });
    });
    emitter.emit('row', '1');
    for (const job of queue) job();
    const outer = recorder.end('outer');
    expect(recorder.end('row 1').parentId).toBe(outer.spanId);
    expect(recorder.end('pooled').parentId).toBe(outer.spanId);
  });
});

async function traced(body: () => Promise<void>, carried: { tracestate?: string; baggage?: string } = {}): Promise<SpanRecorder> {
  const recorder = new SpanRecorder();
  const headers = writeTemporalHeaders({}, { ...PLACE, ...carried });
  await activityEnvironment({ activityType: 'greet' }, headers, [createActivityInterceptor({ pipeline: recorder })]).run(body);
  return recorder;
}

function refuse(): never {
  throw new TypeError('no');
}
