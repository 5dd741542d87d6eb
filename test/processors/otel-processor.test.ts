import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, createContextKey, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { InMemorySpanExporter, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OtelProcessor, type OtelSpanExporter } from '../../src/processors/otel-processor.js';
import { TIME_MICROS_MAX } from '../../src/span/limits.js';
import type { Span, SpanStatus } from '../../src/span/span.js';
import { closedSpan, openSpan, patientContext, spanIdOf, spansOf, START_MICROS, TRACE_ID } from './sample-span.js';
import { rejectionOf } from './sgp-test-processor.js';

async function exported(span: Span): Promise<ReadableSpan> {
  const exporter = new InMemorySpanExporter();
  await new OtelProcessor({ exporter }).end([span], patientContext());
  const [first] = exporter.getFinishedSpans();
  if (first === undefined) throw new TypeError('nothing was exported');
  return first;
}

function exporterThat(send: OtelSpanExporter['export']): OtelSpanExporter {
  return { export: send, shutdown: () => Promise.resolve() };
}

describe('a span as an OpenTelemetry exporter gets it', () => {
  it('is whole', async () => {
    const span = closedSpan({
      type: 'activity',
      kind: 'CLIENT',
      parentId: spanIdOf(2),
      attributes: { k: 1, list: ['a', 'b'] },
      events: [
        { name: 'exception', time: START_MICROS + 1, attributes: { 'exception.type': 'E' } },
        { name: 'bare', time: START_MICROS },
      ],
      links: [{ traceId: TRACE_ID, spanId: spanIdOf(3), attributes: { why: 'continued' } }],
      input: { q: 1 },
      output: [1, null],
      source: 'recorded',
      attempt: 3,
      statusMessage: 'said',
    });
    const readable = await exported(span);
    expect(readable).toMatchObject({
      name: 'agent turn',
      kind: SpanKind.CLIENT,
      parentSpanContext: { traceId: TRACE_ID, spanId: spanIdOf(2), traceFlags: TraceFlags.SAMPLED },
      startTime: [1_778_500_800, 123_456_000],
      endTime: [1_778_500_801, 623_456_000],
      duration: [1, 500_000_000],
      ended: true,
      status: { code: SpanStatusCode.OK, message: 'said' },
      attributes: {
        k: 1,
        list: ['a', 'b'],
        'everspan.type': 'activity',
        'everspan.status': 'OK',
        'everspan.source': 'recorded',
        'everspan.attempt': 3,
        'everspan.input': '{"q":1}',
        'everspan.output': '[1,null]',
      },
      events: [
        { name: 'exception', time: [1_778_500_800, 123_457_000], attributes: { 'exception.type': 'E' } },
        { name: 'bare', time: [1_778_500_800, 123_456_000] },
      ],
      links: [{ context: { traceId: TRACE_ID, spanId: spanIdOf(3) }, attributes: { why: 'continued' } }],
      resource: { attributes: { 'service.name': 'tests' } },
      instrumentationScope: { name: 'everspan', version: '0.1.0' },
      droppedAttributesCount: 0,
    });
    expect(readable.spanContext()).toEqual({ traceId: TRACE_ID, spanId: spanIdOf(1), traceFlags: TraceFlags.SAMPLED });
  });

  it.each<[SpanStatus, SpanStatusCode]>([
    ['OK', SpanStatusCode.OK],
    ['CONTINUED', SpanStatusCode.OK],
    ['ERROR', SpanStatusCode.ERROR],
    ['TIMED_OUT', SpanStatusCode.ERROR],
    ['CANCELED', SpanStatusCode.UNSET],
    ['TERMINATED', SpanStatusCode.UNSET],
    ['UNKNOWN', SpanStatusCode.UNSET],
  ])('has status %s as %i, the exact one beside it', async (status, code) => {
    const readable = await exported(closedSpan({ status }));
    expect(readable.status.code).toBe(code);
    expect(readable.attributes['everspan.status']).toBe(status);
  });

  it('never ends before its start, and keeps the true times', async () => {
    const readable = await exported(closedSpan({ endTime: START_MICROS - 1 }));
    expect(readable.endTime).toEqual(readable.startTime);
    expect(readable.duration).toEqual([0, 0]);
    expect(readable.attributes['everspan.unclamped_end_time']).toBe('2026-05-11T12:00:00.123455Z');
  });

  it('loses no microsecond', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: TIME_MICROS_MAX }),
        fc.integer({ min: 0, max: 10 ** 12 }),
        async (startTime, lengthMicros) => {
          const readable = await exported(closedSpan({ startTime, endTime: startTime + lengthMicros }));
          const nanos = ([seconds, rest]: readonly [number, number]): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(rest);
          expect(nanos(readable.startTime)).toBe(BigInt(startTime) * 1_000n);
          expect(nanos(readable.endTime)).toBe(BigInt(startTime + lengthMicros) * 1_000n);
          expect(nanos(readable.duration)).toBe(BigInt(lengthMicros) * 1_000n);
          expect(readable.startTime[1]).toBeLessThan(1_000_000_000);
        },
      ),
    );
  });

  it('shares its resource with spans of an equal one, and its resource merges', async () => {
    const exporter = new InMemorySpanExporter();
    const other = closedSpan({ spanId: spanIdOf(3), resource: { 'service.name': 'other' } });
    await new OtelProcessor({ exporter }).end([...spansOf(2, closedSpan), other], patientContext());
    const [first, second, third] = exporter.getFinishedSpans();
    expect(first?.resource).toBe(second?.resource);
    expect(first?.resource).not.toBe(third?.resource);
    expect(third && first?.resource.merge(third.resource).attributes).toEqual({ 'service.name': 'other' });
    expect(first?.resource.merge(null).getRawAttributes()).toEqual([['service.name', 'tests']]);
    await first?.resource.waitForAsyncAttributes?.();
  });
});

describe('over OTLP/HTTP', () => {
  async function collector(status: number): Promise<{ url: string; bodies: unknown[] }> {
    const bodies: unknown[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      bodies.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, bodies };
  }

  it('a batch is at the collector when end resolves', async () => {
    const { url, bodies } = await collector(200);
    const processor = new OtelProcessor({ exporter: new OTLPTraceExporter({ url }) });
    await processor.end(spansOf(2, closedSpan), patientContext());
    expect(bodies).toMatchObject([
      {
        resourceSpans: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: 'tests' } }] },
            scopeSpans: [
              {
                scope: { name: 'everspan', version: '0.1.0' },
                spans: [
                  {
                    traceId: TRACE_ID,
                    spanId: spanIdOf(1),
                    startTimeUnixNano: '1778500800123456000',
                    endTimeUnixNano: '1778500801623456000',
                  },
                  { traceId: TRACE_ID, spanId: spanIdOf(2) },
                ],
              },
            ],
          },
        ],
      },
    ]);
    await processor.shutdown();
  });

  it('a collector that refuses is told as unavailable', async () => {
    const { url } = await collector(400);
    const processor = new OtelProcessor({ exporter: new OTLPTraceExporter({ url }) });
    const error = await rejectionOf(processor.end([closedSpan()], patientContext()));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', processor: 'otel', cause: expect.any(Error) });
    await processor.shutdown();
  });
});

describe('an exporter', () => {
  it('gets closed spans only', async () => {
    const exporter = new InMemorySpanExporter();
    await new OtelProcessor({ exporter }).start([openSpan()], patientContext());
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('gets open spans too where they are asked for', async () => {
    const exporter = new InMemorySpanExporter();
    await new OtelProcessor({ exporter, exportOpenSpans: true }).start([openSpan()], patientContext());
    expect(exporter.getFinishedSpans()).toMatchObject([
      {
        ended: false,
        endTime: [0, 0],
        duration: [0, 0],
        status: { code: SpanStatusCode.UNSET },
        attributes: { 'everspan.status': 'RUNNING' },
      },
    ]);
  });

  it('is not asked about a batch of none', async () => {
    const processor = new OtelProcessor({ exporter: exporterThat(() => expect.unreachable()) });
    await processor.end([], patientContext());
  });

  it('that throws is unavailable', async () => {
    const thrown = new RangeError('secret');
    const processor = new OtelProcessor({
      exporter: exporterThat(() => {
        throw thrown;
      }),
    });
    const error = await rejectionOf(processor.end([closedSpan()], patientContext()));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: 'exporter: 1 spans not exported (RangeError)', cause: thrown });
  });

  it('that reports a failure is unavailable', async () => {
    const cause = new TypeError('refused');
    const processor = new OtelProcessor({ exporter: exporterThat((_spans, callback) => callback({ code: 1, error: cause })) });
    expect(await rejectionOf(processor.end([closedSpan()], patientContext()))).toMatchObject({ code: 'UNAVAILABLE', cause });
  });

  it('that never calls back is given up with the caller', async () => {
    const processor = new OtelProcessor({ exporter: exporterThat(() => undefined) });
    const caller = new AbortController();
    const ending = rejectionOf(processor.end([closedSpan()], { signal: caller.signal }));
    caller.abort();
    expect(await ending).toMatchObject({ name: 'SpanDeliveryError', code: 'ABORTED' });
  });

  it('is not asked by a caller who has given up', async () => {
    const processor = new OtelProcessor({ exporter: exporterThat(() => expect.unreachable()) });
    const error = await rejectionOf(processor.end([closedSpan()], { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'ABORTED' });
  });

  it('is flushed, then shut down, also when the flush fails', async () => {
    const calls: string[] = [];
    const exporter: OtelSpanExporter = {
      export: () => undefined,
      forceFlush: async () => {
        calls.push('forceFlush');
        throw new TypeError('flush failed');
      },
      shutdown: async () => {
        calls.push('shutdown');
      },
    };
    await expect(new OtelProcessor({ exporter }).shutdown()).rejects.toThrow('flush failed');
    expect(calls).toEqual(['forceFlush', 'shutdown']);
  });

  it('runs where instrumentations make no spans of its requests', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    onTestFinished(() => context.disable());
    const key = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
    const seen: unknown[] = [];
    const exporter = exporterThat((_spans, callback) => {
      seen.push(context.active().getValue(key));
      callback({ code: 0 });
    });
    await new OtelProcessor({ exporter }).end([closedSpan()], patientContext());
    expect(seen).toEqual([true]);
  });

  it('of the SDK is one by its type', () => {
    const exporter: SpanExporter = new InMemorySpanExporter();
    expect(new OtelProcessor({ exporter }).name).toBe('otel');
  });

  it('that is none is refused at once', () => {
    expect(() => new OtelProcessor({ exporter: {} as OtelSpanExporter })).toThrow('OtelProcessor option exporter must be');
  });
});
