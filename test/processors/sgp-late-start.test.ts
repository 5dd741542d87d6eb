import { describe, expect, it, onTestFinished } from 'vitest';
import { spanUuid } from '../../src/span/ids.js';
import { type SgpServer, type SgpServerOptions, startSgpServer } from '../helpers/sgp-server.mjs';
import { closedSpan, openSpan, patientContext, spanIdOf, spansOf, TRACE_ID } from './sample-span.js';
import { itemsOf, rejectionOf, sgpProcessorFor } from './sgp-test-processor.js';

const KINDS = ['older', 'newer'] as const;
const CLOSED_ROW = { output: { answer: 42 }, end_timestamp: '2026-05-11T12:00:01.623456+00:00' };

async function serverWith(options: SgpServerOptions): Promise<SgpServer> {
  const server = await startSgpServer(options);
  onTestFinished(() => server.close());
  return server;
}

describe.each(KINDS)('on an account of the %s store', (kind) => {
  it('a START retried after END leaves the span closed, its output whole', async () => {
    const server = await serverWith({ kind });
    const { processor } = sgpProcessorFor(server);
    await processor.start([openSpan()], patientContext());
    await processor.end([closedSpan({ output: { answer: 42 } })], patientContext());
    await processor.start([openSpan()], patientContext());
    expect(server.rows()).toMatchObject([CLOSED_ROW]);
    expect(server.rows()).toHaveLength(1);
  });

  it('a START that comes after its END for the first time leaves it closed', async () => {
    const server = await serverWith({ kind });
    const { processor } = sgpProcessorFor(server);
    await processor.end([closedSpan({ output: { answer: 42 } })], patientContext());
    await processor.start([openSpan()], patientContext());
    expect(server.rows()).toMatchObject([CLOSED_ROW]);
  });

  it('a START whose answer was lost is delivered when it is sent again', async () => {
    const server = await serverWith({ kind });
    server.failNext({ status: 503, isApplied: true });
    const { processor } = sgpProcessorFor(server);
    await processor.start(spansOf(3, openSpan), patientContext());
    expect(server.rows()).toHaveLength(3);
  });

  it('a START that an END overtakes while SGP answers 503 does not reopen the span', async () => {
    const server = await serverWith({ kind });
    server.failNext({ status: 503 });
    const other = sgpProcessorFor(server).processor;
    const { processor } = sgpProcessorFor(server, {
      sleep: () => other.end([closedSpan({ output: { answer: 42 } })], patientContext()),
    });
    await processor.start([openSpan()], patientContext());
    expect(server.rows()).toMatchObject([CLOSED_ROW]);
  });

  it('a batch of STARTs of which some have ended opens the others', async () => {
    const server = await serverWith({ kind });
    const { processor } = sgpProcessorFor(server);
    const ended = spansOf(500, closedSpan).filter((_, index) => index % 3 === 0);
    await processor.end(ended, patientContext());
    const before = server.requests.length;
    await processor.start(spansOf(500, openSpan), patientContext());
    expect(server.rows()).toHaveLength(500);
    expect(server.rows().filter((row) => row['end_timestamp'] !== undefined)).toHaveLength(ended.length);
    // One insert; where the store refuses it, one search and one insert of those that are missing.
    expect(server.requests.length - before).toBe(kind === 'older' ? 3 : 1);
  });

  it('an END after midnight closes the row of a START before it', async () => {
    const server = await serverWith({ kind });
    const startTime = Date.parse('2026-05-11T23:59:59Z') * 1_000 + 999_999;
    const { processor } = sgpProcessorFor(server);
    await processor.start([openSpan({ startTime })], patientContext());
    await processor.end([closedSpan({ startTime, endTime: startTime + 60_000_000 })], patientContext());
    expect(server.rows()).toMatchObject([
      { start_timestamp: '2026-05-11T23:59:59.999999+00:00', end_timestamp: '2026-05-12T00:00:59.999999+00:00' },
    ]);
  });
});

describe('the older store', () => {
  it.each([400, 409, 422, 500])('may refuse the insert of a span that is there with %i', async (duplicateInsertStatus) => {
    const server = await serverWith({ kind: 'older', duplicateInsertStatus });
    const { processor, waitsMs } = sgpProcessorFor(server);
    await processor.end(
      spansOf(4, (changes) => closedSpan({ ...changes, output: 'kept' })),
      patientContext(),
    );
    await processor.start(spansOf(5, openSpan), patientContext());
    expect(server.rows().map((row) => row['output'])).toEqual([...Array(4).fill({ value: 'kept' }), {}]);
    expect(waitsMs).toEqual([]);
  });

  it('that reopened a span under the Python client does so still when START is an upsert', async () => {
    const server = await serverWith({ kind: 'older' });
    const { processor } = sgpProcessorFor(server, { startWrite: 'upsert' });
    await processor.end([closedSpan({ output: { answer: 42 } })], patientContext());
    await processor.start([openSpan()], patientContext());
    expect(server.rows()[0]).not.toHaveProperty('end_timestamp');
  });

  it('keeps a bad START apart from one that has ended', async () => {
    const server = await serverWith({ kind: 'older' });
    const { processor } = sgpProcessorFor(server);
    await processor.end([closedSpan({ name: 's0' })], patientContext());
    server.refuseSpansNamed('s2', 422);
    const error = await rejectionOf(processor.start(spansOf(4, openSpan), patientContext()));
    expect(error).toMatchObject({ code: 'REJECTED', rejectedSpanIds: [spanIdOf(3)] });
    expect(server.rows().map((row) => row['name'])).toEqual(['s0', 's1', 's3']);
  });

  it('that may not be searched costs the message, not the span', async () => {
    const server = await serverWith({ kind: 'older', unknownCalls: ['POST /v5/spans/search'] });
    const { processor } = sgpProcessorFor(server);
    await processor.end([closedSpan({ output: { answer: 42 } })], patientContext());
    const error = await rejectionOf(processor.start([openSpan(), openSpan({ spanId: spanIdOf(2) })], patientContext()));
    expect(error).toMatchObject({ code: 'REJECTED', rejectedSpanIds: [spanIdOf(1)] });
    expect(server.rows()).toMatchObject([CLOSED_ROW, { id: spanUuid(TRACE_ID, spanIdOf(2)) }]);
  });
});

describe('an account without the insert', () => {
  it('gets START as an upsert, after one try', async () => {
    const server = await serverWith({ kind: 'newer', unknownCalls: ['POST /v5/spans/batch'] });
    const { processor } = sgpProcessorFor(server);
    await processor.start([openSpan()], patientContext());
    await processor.start([openSpan({ spanId: spanIdOf(2) })], patientContext());
    expect(server.requests.map((request) => request.method)).toEqual(['POST', 'PUT', 'PUT']);
    expect(server.rows()).toHaveLength(2);
  });
});

describe('a START of two spans of one id', () => {
  it('carries the one of the higher revision, which the older store would refuse twice', async () => {
    const server = await serverWith({ kind: 'older' });
    const { processor } = sgpProcessorFor(server);
    const revised = openSpan({ revision: 1, name: 'revised' });
    await processor.start([revised, openSpan()], patientContext());
    expect(server.requests.map((request) => itemsOf(request).map((item) => item['name']))).toEqual([['revised']]);
    expect(server.rows()).toMatchObject([{ name: 'revised', start_timestamp: '2026-05-11T12:00:00.123456+00:00' }]);
  });
});
