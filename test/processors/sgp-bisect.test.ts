import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Span } from '../../src/span/span.js';
import { spanUuid } from '../../src/span/ids.js';
import { type SgpServer, startSgpServer } from '../helpers/sgp-server.mjs';
import { closedSpan, openSpan, patientContext, spanIdOf, spansOf, TRACE_ID } from './sample-span.js';
import { itemsOf, rejectionOf, sgpProcessorFor } from './sgp-test-processor.js';

let server: SgpServer;

beforeEach(async () => {
  server = await startSgpServer({ kind: 'older' });
});
afterEach(() => server.close());

describe('a request that is refused for what one span holds', () => {
  it.each([400, 409, 413, 422])('answered %i costs that span only', async (status) => {
    server.refuseSpansNamed('s6', status);
    const { processor } = sgpProcessorFor(server);
    const error = await rejectionOf(processor.end(spansOf(10, closedSpan), patientContext()));
    expect(error).toMatchObject({ code: 'REJECTED', rejectedSpanIds: [spanIdOf(7)] });
    expect(
      server
        .rows()
        .map((row) => row['name'])
        .sort(),
    ).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's7', 's8', 's9']);
  });

  it('costs about two requests a halving: one bad span of 1000', async () => {
    server.refuseSpansNamed('s777', 422);
    const { processor, waitsMs } = sgpProcessorFor(server);
    const error = await rejectionOf(processor.end(spansOf(1_000, closedSpan), patientContext()));
    expect(error).toMatchObject({
      code: 'REJECTED',
      rejectedSpanIds: [spanIdOf(778)],
      message: expect.stringContaining('1 of 1000'),
    });
    expect(server.rows()).toHaveLength(999);
    expect(server.requests.length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(1_000)));
    expect(waitsMs).toEqual([]);
  });

  it('waits out a conflict for the whole batch only, not for each half', async () => {
    server.refuseSpansNamed('s3', 409);
    const { processor, waitsMs } = sgpProcessorFor(server);
    const error = await rejectionOf(processor.end(spansOf(8, closedSpan), patientContext()));
    expect(error).toMatchObject({ code: 'REJECTED', rejectedSpanIds: [spanIdOf(4)] });
    expect(waitsMs).toEqual([500, 1_000]);
    expect(server.requests).toHaveLength(3 + 2 * 3);
  });

  it('names every span that is refused, in each of several requests', async () => {
    for (const name of ['s0', 's999', 's1000', 's2499']) server.refuseSpansNamed(name, 422);
    const { processor } = sgpProcessorFor(server);
    const error = await rejectionOf(processor.end(spansOf(2_500, closedSpan), patientContext()));
    expect(error).toMatchObject({ rejectedSpanIds: [1, 1_000, 1_001, 2_500].map(spanIdOf) });
    expect(server.rows()).toHaveLength(2_496);
  });

  it('finds a bad START as well as a bad END', async () => {
    server.refuseSpansNamed('s2', 422);
    const { processor } = sgpProcessorFor(server);
    const error = await rejectionOf(processor.start(spansOf(5, openSpan), patientContext()));
    expect(error).toMatchObject({ code: 'REJECTED', rejectedSpanIds: [spanIdOf(3)] });
    expect(server.rows()).toHaveLength(4);
  });

  it('that is too long goes out in parts', async () => {
    const small = await startSgpServer({ kind: 'older', bodyBytesMax: 5_000 });
    const { processor } = sgpProcessorFor(small);
    await processor.end(
      spansOf(20, (changes) => closedSpan({ ...changes, output: { text: 'x'.repeat(500) } })),
      patientContext(),
    );
    expect(small.rows()).toHaveLength(20);
    await small.close();
  });

  it('with two parents in a circle keeps both spans', async () => {
    const circle = [
      closedSpan({ spanId: spanIdOf(1), parentId: spanIdOf(2), name: 'a' }),
      closedSpan({ spanId: spanIdOf(2), parentId: spanIdOf(1), name: 'b' }),
      closedSpan({ spanId: spanIdOf(3), name: 'c' }),
    ];
    const { processor } = sgpProcessorFor(server);
    await processor.end(circle, patientContext());
    expect(server.rows().map((row) => row['name'])).toEqual(['a', 'b', 'c']);
  });

  it('is told as unavailable when the rest could not be sent', async () => {
    server.refuseSpansNamed('s0', 422);
    const { processor } = sgpProcessorFor(server, { triesMax: 1 });
    server.failNext({ status: 422 });
    server.failNext({ status: 503 });
    const error = await rejectionOf(processor.end(spansOf(4, closedSpan), patientContext()));
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('spans that are no spans', () => {
  it('cost themselves only', async () => {
    const { processor } = sgpProcessorFor(server);
    const broken = { ...closedSpan({ spanId: spanIdOf(2) }), startTime: Number.NaN } as Span;
    const error = await rejectionOf(processor.end([closedSpan(), broken], patientContext()));
    expect(error).toMatchObject({ code: 'REJECTED', rejectedSpanIds: [spanIdOf(2)] });
    expect(server.rows().map((row) => row['id'])).toEqual([spanUuid(TRACE_ID, spanIdOf(1))]);
  });
});

describe('batches', () => {
  it.each(['start', 'end'] as const)('of 10 in %s are one call with 10 items', async (write) => {
    const { processor } = sgpProcessorFor(server);
    await processor[write](spansOf(10, write === 'start' ? openSpan : closedSpan), patientContext());
    expect(server.requests.map((request) => itemsOf(request).length)).toEqual([10]);
  });

  it('of more than 1000 go out as several, none larger', async () => {
    const { processor } = sgpProcessorFor(server);
    await processor.end(spansOf(2_001, closedSpan), patientContext());
    expect(server.requests.map((request) => itemsOf(request).length)).toEqual([1_000, 1_000, 1]);
  });

  it('of none are no request', async () => {
    const { processor } = sgpProcessorFor(server);
    await processor.start([], patientContext());
    await processor.end([], patientContext());
    expect(server.requests).toEqual([]);
  });

  it('with two ENDs of one span carry the later one, whatever their order', async () => {
    const { processor } = sgpProcessorFor(server);
    const early = closedSpan({ endTime: closedSpan().startTime + 1_000, output: 'early' });
    const late = closedSpan({ endTime: closedSpan().startTime + 2_000, output: 'late' });
    await processor.end([late, early], patientContext());
    expect(server.rows()).toMatchObject([{ output: { value: 'late' } }]);
    expect(server.requests.map((request) => itemsOf(request).length)).toEqual([1]);
  });

  it('are waited for by shutdown', async () => {
    server.failNext({ fault: 'hang' });
    const { processor } = sgpProcessorFor(server);
    const caller = new AbortController();
    const ending = rejectionOf(processor.end([closedSpan()], { signal: caller.signal }));
    await server.waitForRequest((request) => request.method === 'PUT');
    let isDown = false;
    const shuttingDown = processor.shutdown().then(() => {
      isDown = true;
    });
    await Promise.resolve();
    expect(isDown).toBe(false);
    caller.abort();
    await Promise.all([ending, shuttingDown]);
  });
});
