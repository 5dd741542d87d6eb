import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createCollector } from '../../src/server/collector.js';
import { SpanStoreError, type SpanStoreCode } from '../../src/store/errors.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { ask, jsonBody, SILENT, startCollector } from './running-collector.js';

const ITEM = { name: 'a', id: 'id-1', trace_id: 'trace-1', start_timestamp: '2026-05-11T12:00:00Z' };
const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF = { 'content-type': 'application/x-protobuf' };

describe('a body that cannot be read is refused, with what is wrong with it', () => {
  const cases: [string, string, RequestInit, number, string][] = [
    ['no JSON', '/v5/spans/batch', { body: '{"items":[', headers: JSON_TYPE }, 400, 'INVALID_JSON'],
    ['no batch', '/v5/spans/batch', { body: '{"items":5}', headers: JSON_TYPE }, 422, 'INVALID_BODY'],
    ['no UTF-8', '/v5/spans/batch', { body: Buffer.from([0x22, 0xff, 0x22]), headers: JSON_TYPE }, 400, 'INVALID_UTF8'],
    ['no content type', '/v5/spans/batch', { body: Buffer.from('{}') }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'an unknown encoding',
      '/v5/spans/batch',
      { body: '{}', headers: { ...JSON_TYPE, 'content-encoding': 'br' } },
      415,
      'UNSUPPORTED_ENCODING',
    ],
    ['broken gzip', '/v1/traces', { body: 'no gzip', headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } }, 400, 'BODY_BROKEN'],
    ['too many rows', '/v5/spans/batch', jsonBody({ items: Array.from({ length: 1_001 }, () => ITEM) }), 422, 'TOO_MANY_ROWS'],
    ['OTLP that is none', '/v1/traces', { body: '[]', headers: JSON_TYPE }, 400, 'INVALID_BODY'],
    [
      'protobuf that ends too soon',
      '/v1/traces',
      { body: Buffer.from([0x0a, 0x7f, 0x00]), headers: PROTOBUF },
      400,
      'INVALID_PROTOBUF',
    ],
    ['rows of a file that are none', '/traces/tasks/t/spans?workflow_id=w', { body: 'x\n'.repeat(200) }, 422, 'INVALID_BODY'],
    [
      'an endless line',
      '/traces/tasks/t/spans?workflow_id=w',
      { body: `{"a":"${'x'.repeat(5 * 1024 * 1024)}"}` },
      413,
      'ROW_TOO_LARGE',
    ],
  ];
  test.each(cases)('%s', async (_what, path, init, status, code) => {
    const { url } = await startCollector();
    const answer = await ask(`${url}${path}`, { method: 'POST', ...init });
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
    expect(answer.body.error.message).not.toBe('');
    expect((await ask(`${url}/health`)).status).toBe(200);
  });
});

describe('a body beyond the limit costs no more than the limit', () => {
  test('a gzip bomb: 100 KB that unpack to 100 MB', async () => {
    const { url } = await startCollector();
    const before = process.memoryUsage().rss;
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
    for (const [path, type] of [
      ['/v1/traces', 'application/json'],
      ['/v1/traces', 'application/x-protobuf'],
      ['/v5/spans/batch', 'application/json'],
    ] as const) {
      const { status, body } = await ask(`${url}${path}`, {
        method: 'POST',
        body: bomb,
        headers: { 'content-type': type, 'content-encoding': 'gzip' },
      });
      expect([status, body.error.code]).toEqual([413, 'BODY_TOO_LARGE']);
    }
    // The bomb itself was made in this process: 100 MB are its own.
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * 1024 * 1024);
  });

  test('100 MB that are announced are not waited for', async () => {
    const { port } = await startCollector();
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `PUT /v5/spans/batch HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${100 * 1024 * 1024}\r\n\r\n`,
    );
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toContain('413');
    socket.destroy();
  });

  test('100 MB in chunks are taken to the limit only', async () => {
    const { url } = await startCollector({ limits: { bodyBytes: 1024 * 1024 } });
    let sent = 0;
    const status = await new Promise<number>((resolve) => {
      const upload = request(`${url}/v5/spans/batch`, { method: 'PUT', headers: { ...JSON_TYPE, 'x-selected-account-id': 'a' } });
      upload.on('response', (response) => resolve(response.statusCode ?? 0));
      // The connection may be closed while this end still writes.
      upload.on('error', () => undefined);
      const chunk = Buffer.alloc(64 * 1024, 0x20);
      const write = (): void => {
        if (upload.destroyed || sent > 100 * 1024 * 1024) return;
        sent += chunk.byteLength;
        upload.write(chunk, () => setImmediate(write));
      };
      write();
    });
    expect(status).toBe(413);
    expect(sent).toBeLessThan(90 * 1024 * 1024);
  });

  test('many large ones at once: those beyond the budget are told to come again', async () => {
    const { app } = createCollector({ store: new MemoryStore(), limits: { heldBytes: 1_000_000 }, logger: SILENT });
    let finish: () => void = () => undefined;
    const held = new ReadableStream({
      start: (controller) => {
        controller.enqueue(Buffer.alloc(900_000, 0x20));
        finish = () => {
          controller.enqueue(Buffer.from('{"items":[]}'));
          controller.close();
        };
      },
    });
    const put = (body: string | ReadableStream): Promise<Response> =>
      Promise.resolve(
        app.request('http://localhost/v5/spans/batch', {
          method: 'PUT',
          body,
          headers: JSON_TYPE,
          duplex: 'half',
        } as RequestInit),
      );
    const first = put(held);
    let second = await put(' '.repeat(200_000) + '{"items":[]}');
    // The first has begun to be read once the second finds no room.
    while (second.status === 200) second = await put(' '.repeat(200_000) + '{"items":[]}');
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
    finish();
    expect((await first).status).toBe(200);
    expect((await put(' '.repeat(900_000) + '{"items":[]}')).status).toBe(200);
  });

  test('one row too large costs itself only', async () => {
    const { url } = await startCollector({ limits: { rowBytes: 10_000 } });
    const items = [ITEM, { ...ITEM, id: 'large', input: { text: 'x'.repeat(20_000) } }];
    const { status, body } = await ask(`${url}/v5/spans/batch`, jsonBody({ items }));
    expect([status, body.items.length, body.errors[0].code]).toEqual([413, 1, 'ROW_TOO_LARGE']);
  });

  test('headers beyond the limit', async () => {
    const { url } = await startCollector();
    const response = await fetch(`${url}/health`, { headers: { 'x-long': 'x'.repeat(20_000) } });
    expect(response.status).toBe(431);
  });
});

describe('ids are data, whatever they hold', () => {
  test.each([
    '../../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    "'; drop table spans; --",
    '%00',
    '%',
    'a/b',
    '\u202e',
    'x'.repeat(900),
  ])('%s', async (id) => {
    const { url } = await startCollector();
    const path = `${url}/traces/tasks/${encodeURIComponent(id)}/spans?workflow_id=${encodeURIComponent(id)}`;
    const kept = await ask(path, { method: 'POST', body: '{"a":1}\n' });
    expect([kept.status, kept.body.taskId]).toEqual([200, id]);
    expect((await ask(`${url}/traces/workflows/${encodeURIComponent(id)}/spans`)).body).toBe('{"a":1}\n');
    expect((await ask(`${url}/v5/spans/${encodeURIComponent(id)}`)).status).toBe(id.length > 256 ? 400 : 404);
    expect((await ask(`${url}/api/v1/traces/${encodeURIComponent(id)}`)).status).toBe(400);
    const listed = await ask(
      `${url}/api/v1/traces?workflowId=${encodeURIComponent(id)}&cursor=${encodeURIComponent(id.slice(0, 400))}`,
    );
    expect([listed.status, listed.body.error.code]).toEqual([400, 'INVALID_QUERY']);
  });
});

describe('a store that takes nothing', () => {
  const cases: [SpanStoreCode, number, string, string | null][] = [
    ['UNAVAILABLE', 503, 'STORE_UNAVAILABLE', '2'],
    ['LOCKED', 503, 'STORE_UNAVAILABLE', '1'],
    ['FULL', 503, 'STORE_UNAVAILABLE', '30'],
    ['READ_ONLY', 503, 'STORE_UNAVAILABLE', '30'],
    ['CLOSED', 503, 'STORE_UNAVAILABLE', '2'],
    ['CORRUPT', 500, 'STORE_FAILED', null],
    ['FAILED', 500, 'STORE_FAILED', null],
  ];
  test.each(cases)(
    'because it is %s: nothing is acknowledged, and what the database said stays here',
    async (code, status, name, retryAfter) => {
      const store = new MemoryStore();
      const fail = (): Promise<never> => Promise.reject(new SpanStoreError(code, 'test', 'postgres://user:secret@host'));
      Object.assign(store, { upsert: fail, lastSequence: fail, listTraces: fail, putArtefact: fail });
      const logged: string[] = [];
      const { app } = createCollector({ store, logger: { ...SILENT, error: (line) => logged.push(line) } });
      const otlp = {
        resourceSpans: [
          {
            scopeSpans: [{ spans: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'x', startTimeUnixNano: '1000' }] }],
          },
        ],
      };
      for (const [path, init] of [
        ['/v5/spans/batch', jsonBody({ items: [ITEM] }, 'PUT')],
        ['/v1/traces', jsonBody(otlp)],
        ['/traces/tasks/t/assets?workflow_id=w', { method: 'POST', body: '{}' }],
        ['/api/v1/traces', {}],
      ] as const) {
        const response = await app.request(`http://localhost${path}`, init);
        const text = await response.text();
        expect([path, response.status, JSON.parse(text).error.code, response.headers.get('retry-after')]).toEqual([
          path,
          status,
          name,
          retryAfter,
        ]);
        expect(text).not.toContain('secret');
      }
      expect(logged).toHaveLength(4);
      expect((await app.request('http://localhost/ready')).status).toBe(503);
      expect((await app.request('http://localhost/health')).status).toBe(200);
    },
  );
});

test('a bug of our own is a 500 that tells nothing, and the next request is answered', async () => {
  const store = new MemoryStore();
  store.listTraces = () => Promise.reject(new TypeError('inner detail'));
  const { app } = createCollector({ store, logger: SILENT });
  const response = await app.request('http://localhost/api/v1/traces');
  expect([response.status, (await response.text()).includes('inner detail')]).toEqual([500, false]);
});

test('a path that is not there, and a method that a path does not take', async () => {
  const { url } = await startCollector();
  expect((await ask(`${url}/v5/nothing`)).body.error.code).toBe('NOT_FOUND');
  const wrong = await ask(`${url}/v1/traces`, { method: 'DELETE' });
  expect([wrong.status, wrong.body.error.code, wrong.headers.get('allow')]).toEqual([405, 'METHOD_NOT_ALLOWED', 'POST']);
});
