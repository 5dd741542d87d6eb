import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CollectorClient } from '../../src/client/collector-client.js';
import type { SpanChangeAnswer } from '../../src/wire/collector-answers.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { createCollector } from '../../src/server/collector.js';
import { closedSpan, openSpan, spanIdOf, spansOf } from '../processors/sample-span.js';
import { ACCOUNT, ask, SILENT, startCollector } from './running-collector.js';

const SCOPE = { accountId: 'acct-test' };

function clientOf(url: string): CollectorClient {
  return new CollectorClient({ baseUrl: url, accountId: 'acct-test' });
}

async function take(changes: AsyncIterator<SpanChangeAnswer>, count: number): Promise<SpanChangeAnswer[]> {
  const taken: SpanChangeAnswer[] = [];
  while (taken.length < count) {
    const step = await changes.next();
    if (step.done === true) break;
    taken.push(step.value);
  }
  return taken;
}

test('a reader is told what changes, in order, of its own account, whoever writes it', async () => {
  const store = new MemoryStore();
  const { url } = await startCollector({ store });
  const changes = clientOf(url).traces.tail({ after: 0 });
  await store.upsert([openSpan()], SCOPE);
  await store.upsert([closedSpan()], { accountId: 'another' });
  expect(await take(changes, 1)).toMatchObject([{ span: { status: 'RUNNING' } }]);
  await store.upsert([closedSpan()], SCOPE);
  expect(await take(changes, 1)).toMatchObject([{ span: { status: 'OK' } }]);
  await changes.return(undefined);
});

test('who names a trace is told of it alone', async () => {
  const store = new MemoryStore();
  const { url } = await startCollector({ store });
  const traceId = 'b'.repeat(32);
  await store.upsert([closedSpan(), closedSpan({ traceId }), closedSpan({ spanId: spanIdOf(7) })], SCOPE);
  const changes = clientOf(url).traces.tail({ after: 0, traceId });
  expect((await take(changes, 1))[0]?.span.traceId).toBe(traceId);
  await changes.return(undefined);
});

test('a reader who comes back with the id of its last event misses nothing and hears nothing twice', async () => {
  const store = new MemoryStore();
  const first = await startCollector({ store });
  const { port } = first;
  const interrupted: unknown[] = [];
  const changes = clientOf(first.url).traces.tail({ after: 0, onInterrupt: (error) => interrupted.push(error) });
  const spans = spansOf(300, closedSpan);
  const taken: SpanChangeAnswer[] = [];
  await store.upsert(spans.slice(0, 100), SCOPE);
  taken.push(...(await take(changes, 40)));
  await first.close();
  await store.upsert(spans.slice(100, 200), SCOPE);
  const second = await createCollector({ store }).listen({ port });
  await store.upsert(spans.slice(200), SCOPE);
  taken.push(...(await take(changes, 260)));
  expect(taken.map((change) => change.span.spanId)).toEqual(spans.map((span) => span.spanId));
  expect(taken.map((change) => change.sequence)).toEqual(spans.map((_, index) => index + 1));
  await changes.return(undefined);
  await second.close();
});

test('many writers and readers at once: every reader hears every change once', async () => {
  const store = new MemoryStore();
  const { url } = await startCollector({ store });
  const spans = spansOf(600, closedSpan);
  const readers = Array.from({ length: 5 }, () => clientOf(url).traces.tail({ after: 0 }));
  const heard = readers.map((changes) => take(changes, spans.length));
  for (let from = 0; from < spans.length; from += 20) {
    await store.upsert(spans.slice(from, from + 20), SCOPE);
    await sleep(1);
  }
  for (const changes of await Promise.all(heard)) {
    expect(new Set(changes.map((change) => change.span.spanId)).size).toBe(spans.length);
    expect(changes.map((change) => change.sequence)).toEqual(changes.map((change) => change.sequence).toSorted((a, b) => a - b));
  }
  for (const changes of readers) await changes.return(undefined);
});

test('a client that never reads is cut off, and costs no more memory than a piece', async () => {
  const store = new MemoryStore();
  // 60 MB of changes, far more than sockets hold.
  const output = 'x'.repeat(100_000);
  await store.upsert(
    spansOf(600, closedSpan).map((span) => ({ ...span, output })),
    SCOPE,
  );
  let changesRead = 0;
  const read = store.changes.bind(store);
  store.changes = async (...args) => {
    const changes = await read(...args);
    changesRead += changes.length;
    return changes;
  };
  const collector = await startCollector({ store, limits: { stalledReaderMs: 300 } });
  const socket = connect(collector.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.pause();
  const closed = once(socket, 'close');
  socket.on('error', () => undefined);
  socket.write(
    `GET /api/v1/changes?after=0 HTTP/1.1\r\nhost: 127.0.0.1:${collector.port}\r\nx-selected-account-id: acct-test\r\n\r\n`,
  );
  const metrics = async (): Promise<string> => (await ask(`${collector.url}/metrics`)).body as string;
  while (!(await metrics()).includes('live_cut_off_total{reason="stalled"} 1')) await sleep(50);
  expect(await metrics()).toContain('everspan_collector_live_readers 0');
  expect(changesRead).toBeLessThan(250);
  socket.resume();
  await closed;
});

test('more readers than the limit are told to come again, and a reader that leaves makes room', async () => {
  const { url } = await startCollector({ limits: { liveReaders: 1 }, logger: SILENT });
  const leave = new AbortController();
  const first = await fetch(`${url}/api/v1/changes`, { headers: ACCOUNT, signal: leave.signal });
  expect(first.status).toBe(200);
  const second = await ask(`${url}/api/v1/changes`);
  expect([second.status, second.body.error.code, second.headers.get('retry-after')]).toEqual([503, 'TOO_MANY_READERS', '5']);
  leave.abort();
  while (!((await ask(`${url}/metrics`)).body as string).includes('everspan_collector_live_readers 0')) await sleep(20);
  const third = await fetch(`${url}/api/v1/changes`, { headers: ACCOUNT });
  expect(third.status).toBe(200);
  await third.body?.cancel();
});

test('an id that is none of the stream is refused', async () => {
  const { url } = await startCollector();
  expect((await ask(`${url}/api/v1/changes`, { headers: { 'last-event-id': 'x' } })).status).toBe(400);
  expect((await ask(`${url}/api/v1/changes?traceId=x`)).status).toBe(400);
});
