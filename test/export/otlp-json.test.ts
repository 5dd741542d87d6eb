import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { expect, it, onTestFinished } from 'vitest';
import { toOtlp } from '../../src/export/otlp-json.js';
import { OtelProcessor } from '../../src/processors/otel-processor.js';
import type { Span } from '../../src/span/span.js';
import { patientContext } from '../processors/sample-span.js';
import { CLOSED_TRACE, GREET, TRACE } from '../testing/sample-trace.js';

/** What OpenTelemetry's own exporter sends over HTTP for `spans`. */
async function sentByOpenTelemetry(spans: readonly Span[]): Promise<unknown> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      response.end('{}');
      server.emit('body', JSON.parse(Buffer.concat(parts).toString('utf8')));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url });
  const body = once(server, 'body');
  const processor = new OtelProcessor({ exporter });
  await processor.end(spans, patientContext());
  await processor.shutdown();
  return (await body)[0];
}

it("says what OpenTelemetry's own exporter sends for the same spans", async () => {
  const spans: Span[] = [
    ...CLOSED_TRACE,
    {
      ...GREET,
      spanId: 'abcdef0123456789',
      kind: 'CLIENT',
      attributes: { text: 'ü', count: 3, share: 0.5, yes: true, list: ['a', 'b'], none: [] },
      events: [{ name: 'exception', time: 1_700_000_000_123_457, attributes: { 'exception.type': 'E' } }],
      links: [{ traceId: GREET.traceId, spanId: GREET.spanId, attributes: { why: 'retry' } }],
      input: { question: '?' },
    },
  ];
  expect(comparable(toOtlp(spans))).toEqual(comparable(await sentByOpenTelemetry(spans)));
});

it('counts nanoseconds past 2^53 exactly, as text', () => {
  const [span] = spansOf(toOtlp([{ ...GREET, startTime: 1_700_000_000_123_457, endTime: 1_700_000_000_123_459 }]));
  expect(span).toMatchObject({ startTimeUnixNano: '1700000000123457000', endTimeUnixNano: '1700000000123459000' });
});

it('has whole numbers past 2^53 as doubles: as text they would claim digits that nobody counted', () => {
  const [span] = spansOf(toOtlp([{ ...GREET, attributes: { big: 2 ** 60, exact: 2 ** 53 - 1 } }]));
  expect(span?.['attributes']).toEqual(
    expect.arrayContaining([
      { key: 'big', value: { doubleValue: 2 ** 60 } },
      { key: 'exact', value: { intValue: '9007199254740991' } },
    ]),
  );
});

it('has no end for a span that is open, and says its status', () => {
  const open = spansOf(toOtlp(TRACE, { openSpans: true })).find((span) => span['name'] === 'wait');
  expect(open).not.toHaveProperty('endTimeUnixNano');
  expect(open?.['attributes']).toContainEqual({ key: 'everspan.status', value: { stringValue: 'RUNNING' } });
});

it('puts spans of one resource and scope together', () => {
  const { resourceSpans } = toOtlp(CLOSED_TRACE);
  expect(resourceSpans.map(({ scopeSpans }) => scopeSpans.map(({ spans }) => spans.length))).toEqual([[4], [1]]);
});

type Loose = Record<string, unknown>;

function spansOf(traces: unknown): Loose[] {
  const { resourceSpans } = traces as { resourceSpans: { scopeSpans: { spans: Loose[] }[] }[] };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

/** Spans by id, without what either side leaves at its default: counts of dropped things, an unset status, numbers as text or not. */
function comparable(traces: unknown): Map<unknown, Loose> {
  const plain = JSON.parse(
    JSON.stringify(traces, (key, value: unknown) => {
      if (key.startsWith('dropped') || key === 'flags') return undefined;
      if (key === 'status') return { code: 0, ...(value as object) };
      return key === 'intValue' ? Number(value) : value;
    }),
  ) as unknown;
  return new Map(spansOf(plain).map((span) => [span['spanId'], span]));
}
