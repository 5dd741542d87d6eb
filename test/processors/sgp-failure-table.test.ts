import { describe, expect, it, onTestFinished } from 'vitest';
import type { Span } from '../../src/span/span.js';
import { type SgpServer, startSgpServer } from '../helpers/sgp-server.mjs';
import { closedSpan, openSpan, patientContext, spanIdOf, spansOf, START_MICROS } from './sample-span.js';
import { rejectionOf, sgpProcessorFor } from './sgp-test-processor.js';

// What loses or spoils spans in the Python integration, each on both kinds of store.
describe.each(['older', 'newer'] as const)('on the %s store', (kind) => {
  async function serverOf(): Promise<SgpServer> {
    const server = await startSgpServer({ kind });
    onTestFinished(() => server.close());
    return server;
  }

  it('END on a process that never saw START writes the whole span', async () => {
    const server = await serverOf();
    const { processor } = sgpProcessorFor(server);
    await processor.end([closedSpan({ input: { q: 1 }, output: { a: 2 }, attributes: { k: 'v' } })], patientContext());
    expect(server.rows()).toMatchObject([{ name: 'agent turn', input: { q: 1 }, output: { a: 2 }, metadata: { k: 'v' } }]);
  });

  it('START retried after END does not reopen the span and does not wipe its output', async () => {
    const server = await serverOf();
    const { processor } = sgpProcessorFor(server);
    await processor.start([openSpan()], patientContext());
    await processor.end([closedSpan({ output: { a: 2 } })], patientContext());
    await processor.start([openSpan()], patientContext());
    expect(server.rows()).toMatchObject([{ output: { a: 2 }, end_timestamp: expect.any(String) }]);
  });

  it('clock skew, an end before the start, costs no span of the batch', async () => {
    const server = await serverOf();
    const { processor } = sgpProcessorFor(server);
    const spans = spansOf(5, closedSpan).map((span, index) => (index === 2 ? { ...span, endTime: START_MICROS - 5_000 } : span));
    await processor.end(spans, patientContext());
    expect(server.rows()).toHaveLength(5);
    expect(server.rows()[2]).toMatchObject({ metadata: { 'everspan.unclamped_end_time': '2026-05-11T12:00:00.118456Z' } });
    expect(server.requests).toHaveLength(1);
  });

  it('503 more than 3 times does not drop the batch', async () => {
    const server = await serverOf();
    server.failNext({ status: 503, times: 5 });
    const { processor } = sgpProcessorFor(server);
    await processor.end(spansOf(5, closedSpan), patientContext());
    expect(server.rows()).toHaveLength(5);
  });

  it('503 for longer than the processor tries is told to the caller, who delivers it later', async () => {
    const server = await serverOf();
    server.failNext({ status: 503, times: 1_000 });
    const { processor } = sgpProcessorFor(server);
    expect(await rejectionOf(processor.end(spansOf(5, closedSpan), patientContext()))).toMatchObject({ code: 'UNAVAILABLE' });
    server.recover();
    await processor.end(spansOf(5, closedSpan), patientContext());
    expect(server.rows()).toHaveLength(5);
  });

  it('a START that hangs is given up with its caller, and holds up nobody else', async () => {
    const server = await serverOf();
    server.failNext({ fault: 'hang', method: 'POST' });
    const { processor } = sgpProcessorFor(server);
    const caller = new AbortController();
    const starting = rejectionOf(processor.start([openSpan()], { signal: caller.signal }));
    await server.waitForRequest((request) => request.method === 'POST');
    await processor.end([closedSpan({ spanId: spanIdOf(2) })], patientContext());
    expect(server.rows()).toHaveLength(1);
    caller.abort();
    expect(await starting).toMatchObject({ code: 'ABORTED' });
  });

  it('a START that fails costs nothing: END carries the whole span', async () => {
    const server = await serverOf();
    server.failNext({ status: 503, times: 1_000, method: 'POST' });
    const { processor } = sgpProcessorFor(server);
    await rejectionOf(processor.start([openSpan({ input: { q: 1 } })], patientContext()));
    await processor.end([closedSpan({ input: { q: 1 }, output: { a: 2 } })], patientContext());
    expect(server.rows()).toMatchObject([{ input: { q: 1 }, output: { a: 2 }, end_timestamp: expect.any(String) }]);
  });

  it('a START that lands after the caller gave it up does not reopen the span', async () => {
    const server = await serverOf();
    server.failNext({ fault: 'hang', method: 'POST' });
    const { processor } = sgpProcessorFor(server);
    const caller = new AbortController();
    const starting = rejectionOf(processor.start([openSpan()], { signal: caller.signal }));
    const stuck = await server.waitForRequest((request) => request.method === 'POST');
    caller.abort();
    await starting;
    await processor.end([closedSpan({ output: { a: 2 } })], patientContext());
    // The server takes up what it had received before the connection broke.
    await fetch(`${server.url}${stuck.path}`, {
      method: stuck.method,
      headers: { 'content-type': 'application/json', 'x-api-key': 'k', 'x-selected-account-id': 'a' },
      body: stuck.body,
    });
    expect(server.rows()).toMatchObject([{ output: { a: 2 }, end_timestamp: expect.any(String) }]);
  });

  it('NaN and lone surrogates in an input do not lose the batch', async () => {
    const server = await serverOf();
    const { processor } = sgpProcessorFor(server);
    const dirty: Span = openSpan({ spanId: spanIdOf(9), name: 'dirty', input: { n: Number.NaN, text: '\udfff', nul: 'a\0' } });
    await processor.start([...spansOf(4, openSpan), dirty], patientContext());
    expect(server.rows()).toHaveLength(5);
    expect(server.rows()[4]).toMatchObject({ input: { n: 'NaN', text: '\ufffd', nul: 'a' } });
  });
});
