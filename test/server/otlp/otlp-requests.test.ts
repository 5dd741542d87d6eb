import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { toOtlp } from '../../../src/export/otlp-json.js';
import { closedSpan, spansOf } from '../../processors/sample-span.js';
import { ask, jsonBody, type Loose, startCollector } from '../running-collector.js';
import { bytesField, requestMessage, spanMessage } from './encode-otlp.js';

function protobuf(body: Uint8Array, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', body: Buffer.from(body), headers: { 'content-type': 'application/x-protobuf', ...headers } };
}

test('every field of a protobuf span is kept, in whatever order its parts come', async () => {
  const { url } = await startCollector();
  const answer = await ask(`${url}/v1/traces`, protobuf(gzipSync(requestMessage(spanMessage())), { 'content-encoding': 'gzip' }));
  expect([answer.status, answer.headers.get('content-type'), answer.body]).toEqual([200, 'application/x-protobuf', '']);
  const { body } = await ask(`${url}/api/v1/traces/${'aa'.repeat(16)}`);
  expect(body.spans).toEqual([
    {
      traceId: 'aa'.repeat(16),
      spanId: 'bb'.repeat(8),
      parentId: 'cc'.repeat(8),
      name: 'x',
      kind: 'CLIENT',
      type: 'otel',
      startTime: 1_778_500_800_123_456,
      endTime: 1_778_500_801_000_000,
      status: 'ERROR',
      statusMessage: 'no',
      attributes: {
        a: 'héllo',
        list: '[5,"y"]',
        map: '{"k":"v"}',
        bytes: 'AQID',
        flag: true,
        'everspan.otlp': '{"traceState":"vendor=1","droppedAttributes":2}',
      },
      events: [{ name: 'retried', time: 1_778_500_800_500_000 }],
      links: [{ traceId: 'dd'.repeat(16), spanId: 'ee'.repeat(8) }],
      resource: { 'service.name': 'shop' },
      scope: { name: 'lib', version: '1.0' },
      source: 'observed',
      revision: 0,
      attempt: 1,
    },
  ]);
});

test('of a protobuf request the broken spans are refused, the others kept, and the answer says so in protobuf', async () => {
  const { url } = await startCollector();
  const broken = [
    bytesField(1, 'no trace id of 16 bytes'),
    spanMessage().subarray(0, -3),
    spanMessage({ spanId: '00'.repeat(8) }),
  ];
  const answer = await ask(
    `${url}/v1/traces`,
    protobuf(requestMessage(spanMessage(), ...broken, spanMessage({ spanId: 'ff'.repeat(8) }))),
  );
  expect(answer.status).toBe(200);
  expect(answer.body).toContain('\u0008\u0003');
  expect(answer.body).toContain('3 spans were refused, the others are kept');
  const { body } = await ask(`${url}/api/v1/traces/${'aa'.repeat(16)}`);
  expect(body.spans.map((span: { spanId: string }) => span.spanId)).toEqual(['bb'.repeat(8), 'ff'.repeat(8)]);
});

test('of a JSON request as well', async () => {
  const { url } = await startCollector();
  const request = toOtlp(spansOf(3, closedSpan)) as Loose;
  request.resourceSpans[0].scopeSpans[0].spans[1].traceId = 'no id';
  request.resourceSpans[0].scopeSpans[0].spans[2].startTimeUnixNano = 'no time';
  const { status, body } = await ask(`${url}/v1/traces`, jsonBody(request));
  expect(status).toBe(200);
  expect(body.partialSuccess).toEqual({ rejectedSpans: '2', errorMessage: expect.stringContaining('traceId') });
  expect((await ask(`${url}/api/v1/traces`)).body.items).toMatchObject([{ spanCount: 1 }]);
});

test('the export of a trace, sent back, is the same trace', async () => {
  const first = await startCollector();
  const second = await startCollector();
  const spans = spansOf(5, (changes) =>
    closedSpan({ ...changes, status: 'CONTINUED', input: { a: 1 }, attributes: { n: 2 ** 53, x: 0.5 } }),
  );
  await ask(`${first.url}/v1/traces`, jsonBody(toOtlp(spans)));
  const { body: exported } = await ask(`${first.url}/api/v1/traces/${spans[0]?.traceId}/export?format=otlp`);
  await ask(`${second.url}/v1/traces`, jsonBody(exported));
  expect((await ask(`${second.url}/api/v1/traces/${spans[0]?.traceId}`)).body.spans).toEqual(spans);
});

test('more spans than a request may have are refused whole', async () => {
  const { url } = await startCollector({ limits: { otlpSpans: 2 } });
  const { status, body } = await ask(`${url}/v1/traces`, jsonBody(toOtlp(spansOf(3, closedSpan))));
  expect([status, body.error.code]).toEqual([413, 'TOO_MANY_ROWS']);
});
