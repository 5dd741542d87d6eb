import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  BatchSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, test } from 'vitest';
import { toReadableSpans } from '../../../src/processors/otel-readable-span.js';
import { closedSpan, spansOf } from '../../processors/sample-span.js';
import { ACCOUNT, ask, startCollector } from '../running-collector.js';

const ENCODINGS = [
  ['JSON', JsonExporter, 'none'],
  ['JSON, gzip', JsonExporter, 'gzip'],
  ['protobuf', ProtobufExporter, 'none'],
  ['protobuf, gzip', ProtobufExporter, 'gzip'],
] as const;

describe.each(ENCODINGS)('OpenTelemetry by %s', (_name, Exporter, compression) => {
  const exporterTo = (url: string): InstanceType<typeof Exporter> =>
    new Exporter({ url: `${url}/v1/traces`, headers: ACCOUNT, compression: compression as never });

  test('what its SDK writes is read back equal', async () => {
    const { url } = await startCollector();
    const local = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop', 'service.instances': 3, 'host.tags': ['a', 'b'] }),
      spanProcessors: [new SimpleSpanProcessor(local), new BatchSpanProcessor(exporterTo(url))],
    });
    makeSpans(provider);
    await provider.forceFlush();
    const written = local.getFinishedSpans();
    expect(written).toHaveLength(3);
    const { body } = await ask(`${url}/api/v1/traces/${written[0]?.spanContext().traceId}`);
    expect(body.spans.toSorted(byId)).toEqual(written.map(expected).toSorted(byId));
    await provider.shutdown();
  });

  test("everspan's own spans come back as they were, through an exporter of another make", async () => {
    const { url } = await startCollector();
    const spans = spansOf(3, (changes) =>
      closedSpan({
        ...changes,
        status: 'TIMED_OUT',
        source: 'recorded',
        attempt: 3,
        statusMessage: 'took too long',
        input: { deep: [1, { a: null }] },
        output: 'text',
        attributes: { 'temporal.workflow.id': 'wf', ratio: 0.25, tags: ['x', 'y'], flags: [true, false], count: 12 },
        events: [{ name: 'retried', time: 1_778_500_800_500_000, attributes: { why: 'busy' } }],
        links: [{ traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), attributes: { 'everspan.link': 'previous_run' } }],
      }),
    );
    const exporter = exporterTo(url);
    const result = await new Promise((resolve) => exporter.export(toReadableSpans(spans) as never, resolve));
    expect(result).toMatchObject({ code: 0 });
    const { body } = await ask(`${url}/api/v1/traces/${spans[0]?.traceId}`);
    expect(body.spans).toEqual(spans);
    await exporter.shutdown();
  });
});

function makeSpans(provider: BasicTracerProvider): void {
  const tracer = provider.getTracer('shop-library', '1.2.3');
  const root = tracer.startSpan('checkout', { kind: SpanKind.SERVER, startTime: [1_778_500_800, 123_456_000] }, ROOT_CONTEXT);
  const inside = trace.setSpan(context.active(), root);
  const link = { context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }, attributes: { why: 'batch' } };
  const child = tracer.startSpan('pay', { kind: SpanKind.CLIENT, links: [link], startTime: [1_778_500_801, 0] }, inside);
  child.setAttributes({
    text: 'héllo ☃',
    int: -7,
    double: 0.1,
    flag: false,
    ints: [1, 2],
    doubles: [0.5, 1.5],
    texts: [],
    big: 2 ** 60,
  });
  child.addEvent('declined', { code: 51 }, [1_778_500_801, 500_000_000]);
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'card declined' });
  child.end([1_778_500_802, 1_000]);
  tracer.startSpan('', { startTime: [1_778_500_803, 0] }, inside).end([1_778_500_803, 999]);
  root.end([1_778_500_804, 0]);
}

function expected(span: ReadableSpan): unknown {
  const micros = ([seconds, nanos]: readonly [number, number]): number => seconds * 1_000_000 + Math.floor(nanos / 1_000);
  const { traceId, spanId } = span.spanContext();
  const some = (attributes: object | undefined): object =>
    attributes === undefined || Object.keys(attributes).length === 0 ? {} : { attributes };
  const parentId = span.parentSpanContext?.spanId;
  return {
    traceId,
    spanId,
    ...(parentId === undefined ? {} : { parentId }),
    name: span.name,
    kind: SpanKind[span.kind],
    type: 'otel',
    startTime: micros(span.startTime),
    endTime: micros(span.endTime),
    status: span.status.code === SpanStatusCode.ERROR ? 'ERROR' : 'OK',
    ...(span.status.message === undefined ? {} : { statusMessage: span.status.message }),
    // What a double cannot hold exactly is text.
    attributes: { ...span.attributes, ...('big' in span.attributes ? { big: expect.anything() } : {}) },
    events: span.events.map((event) => ({ name: event.name, time: micros(event.time), ...some(event.attributes) })),
    links: span.links.map((link) => ({ traceId: link.context.traceId, spanId: link.context.spanId, ...some(link.attributes) })),
    resource: span.resource.attributes,
    scope: { name: 'shop-library', version: '1.2.3' },
    source: 'observed',
    revision: 0,
    attempt: 1,
  };
}

function byId(a: unknown, b: unknown): number {
  return (a as { spanId: string }).spanId < (b as { spanId: string }).spanId ? -1 : 1;
}
