import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SpanDeliveryError } from '../../src/processors/errors.js';
import { sleep } from '../../src/processors/sleep.js';
import { type SgpServer, startSgpServer } from '../helpers/sgp-server.mjs';
import { closedSpan, openSpan, patientContext } from './sample-span.js';
import { API_KEY, rejectionOf, sgpProcessorFor } from './sgp-test-processor.js';

let server: SgpServer;

beforeEach(async () => {
  server = await startSgpServer({ kind: 'newer', apiKey: API_KEY, accountId: 'acct-test' });
});
afterEach(() => server.close());

describe('what another try may help', () => {
  it.each([408, 409, 429, 500, 502, 503, 504])('an END answered %i is sent again', async (status) => {
    server.failNext({ status });
    const { processor } = sgpProcessorFor(server);
    await processor.end([closedSpan()], patientContext());
    expect(server.requests.map((request) => request.status)).toEqual([status, 200]);
    expect(server.rows()).toHaveLength(1);
  });

  it('a connection that breaks is tried again', async () => {
    server.failNext({ fault: 'reset', times: 2 });
    const { processor } = sgpProcessorFor(server);
    await processor.end([closedSpan()], patientContext());
    expect(server.requests.map((request) => request.state)).toEqual(['reset', 'reset', 'answered']);
  });

  it('waits half a second, doubled up to eight, less the jitter', async () => {
    server.failNext({ status: 503, times: 7 });
    const full = sgpProcessorFor(server);
    await full.processor.end([closedSpan()], patientContext());
    expect(full.waitsMs).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);

    server.failNext({ status: 503, times: 2 });
    const jittered = sgpProcessorFor(server, { random: () => 0.5 });
    await jittered.processor.end([closedSpan()], patientContext());
    expect(jittered.waitsMs).toEqual([437.5, 875]);
  });

  it('waits as long as Retry-After says, in seconds or until a date', async () => {
    const nowMs = Date.parse('2026-05-11T12:00:00Z');
    server.failNext({ status: 429, headers: { 'retry-after': '3' } });
    server.failNext({ status: 503, headers: { 'retry-after': 'Mon, 11 May 2026 12:00:20 GMT' } });
    server.failNext({ status: 503, headers: { 'retry-after': 'soon' } });
    const { processor, waitsMs } = sgpProcessorFor(server, { now: () => nowMs });
    await processor.end([closedSpan()], patientContext());
    expect(waitsMs).toEqual([3_000, 20_000, 2_000]);
  });

  it('leaves a wait of more than a minute to the caller', async () => {
    server.failNext({ status: 503, headers: { 'retry-after': '3600' } });
    const { processor, waitsMs } = sgpProcessorFor(server);
    const error = await rejectionOf(processor.end([closedSpan()], patientContext()));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', rejectedSpanIds: [] });
    expect(waitsMs).toEqual([]);
  });

  it('is unavailable when its tries are used up', async () => {
    server.failNext({ status: 503, times: 99 });
    const { processor } = sgpProcessorFor(server, { triesMax: 3 });
    const error = await rejectionOf(processor.end([closedSpan()], patientContext()));
    expect(error).toBeInstanceOf(SpanDeliveryError);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: 'SGP: PUT /v5/spans/batch: answered 503 at try 3' });
    expect(server.requests).toHaveLength(3);
  });

  it('is unavailable when nobody listens, and says how it knows', async () => {
    const { url } = server;
    await server.close();
    const { processor } = sgpProcessorFor({ url }, { triesMax: 2 });
    const error = await rejectionOf(processor.end([closedSpan()], patientContext()));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('network error ECONNREFUSED at try 2') });
    server = await startSgpServer();
  });

  it('takes a try without an answer for a broken one', async () => {
    server.failNext({ fault: 'hang' });
    const { processor } = sgpProcessorFor(server, { tryTimeoutMs: 50 });
    await processor.end([closedSpan()], patientContext());
    expect(server.requests.map((request) => request.state)).toEqual(['abandoned', 'answered']);
  });

  it('sleeps on the real clock by default', async () => {
    server.failNext({ status: 503, headers: { 'retry-after': '0.02' } });
    const { processor } = sgpProcessorFor(server, { sleep });
    await processor.end([closedSpan()], patientContext());
    expect(server.requests).toHaveLength(2);
  });
});

describe('the deadline', () => {
  it('ends the request under way, which the server sees', async () => {
    server.failNext({ fault: 'hang' });
    const { processor } = sgpProcessorFor(server);
    const caller = new AbortController();
    const ending = rejectionOf(processor.end([closedSpan()], { signal: caller.signal }));
    await server.waitForRequest((request) => request.method === 'PUT');
    caller.abort();
    expect(await ending).toMatchObject({ code: 'ABORTED', name: 'SpanDeliveryError' });
    await server.waitForRequest((request) => request.state === 'abandoned');
    expect(server.requests).toHaveLength(1);
    expect(server.rows()).toEqual([]);
  });

  it('ends a wait between tries, and the message tells the last answer', async () => {
    server.failNext({ status: 503, times: 99 });
    const caller = new AbortController();
    const { promise: isAsleep, resolve: fallAsleep } = withResolver();
    const { processor } = sgpProcessorFor(server, {
      sleep: (delayMs, signal) => {
        fallAsleep();
        return sleep(delayMs, signal);
      },
    });
    const ending = rejectionOf(processor.end([closedSpan()], { signal: caller.signal }));
    await isAsleep;
    caller.abort();
    expect(await ending).toMatchObject({ code: 'ABORTED', message: expect.stringContaining('last: answered 503') });
    expect(server.requests).toHaveLength(1);
  });

  it('that has passed before lets nothing out', async () => {
    const { processor } = sgpProcessorFor(server);
    const error = await rejectionOf(processor.start([openSpan()], { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'ABORTED' });
    expect(server.requests).toEqual([]);
  });
});

describe('what an operator must see to', () => {
  it.each([
    ['a wrong key', { apiKey: 'sk-another-secret' }, '401', 'check apiKey'],
    ['a wrong account', { accountId: 'other' }, '403', 'check apiKey and accountId'],
  ])('%s concerns all spans: one request, unavailable, no key in the message', async (_name, changes, status, advice) => {
    const message = `SGP answered ${status} to ${server.url}/v5/spans/batch: ${advice}`;
    for (const write of ['start', 'end'] as const) {
      const { processor } = sgpProcessorFor(server, changes);
      const before = server.requests.length;
      const error = await rejectionOf(
        processor[write]([closedSpan(), closedSpan({ spanId: '00000000000000aa' })], patientContext()),
      );
      expect(error).toMatchObject({ code: 'UNAVAILABLE', message, rejectedSpanIds: [] });
      expect(server.requests).toHaveLength(before + 1);
      expect(shown(error)).not.toMatch(/sk-/);
    }
  });

  it('an address that is not SGP is unavailable', async () => {
    const { processor } = sgpProcessorFor({ url: `${server.url}/elsewhere` });
    const error = await rejectionOf(processor.start([openSpan()], patientContext()));
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: `SGP answered 404 to ${server.url}/elsewhere/v5/spans/batch: check baseUrl`,
    });
  });

  it('a base address may have a path', async () => {
    const { processor } = sgpProcessorFor({ url: `${server.url}/public/` });
    await rejectionOf(processor.end([closedSpan()], patientContext()));
    expect(server.requests[0]?.path).toBe('/public/v5/spans/batch');
  });

  it('a redirect is not followed: it would carry the key along', async () => {
    const elsewhere = createServer((request, response) => {
      received.push(request.url ?? '');
      response.end('{}');
    });
    const received: string[] = [];
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const target = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/stolen`;
    server.failNext({ status: 307, headers: { location: target } });
    const { processor } = sgpProcessorFor(server);
    const error = await rejectionOf(processor.end([closedSpan()], patientContext()));
    elsewhere.close();
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(received).toEqual([]);
  });

  it.each([
    ['apiKey', { apiKey: 'sk-broken\nkey' }],
    ['accountId', { accountId: 'acct\r\nx-evil: 1' }],
    ['baseUrl', { baseUrl: 'https://user:sk-pass@example.test' }],
    ['baseUrl', { baseUrl: 'not an address' }],
    ['baseUrl', { baseUrl: 'file:///etc' }],
  ])('%s that no request can carry is refused at once, without showing it', (option, changes) => {
    expect.assertions(3);
    try {
      sgpProcessorFor(server, changes);
    } catch (error) {
      expect(error).toMatchObject({ name: 'ProcessorOptionsError', code: 'INVALID_OPTION', option });
      expect((error as Error).message).toContain(option);
      expect(shown(error)).not.toMatch(/sk-|evil/);
    }
  });
});

function shown(error: unknown): string {
  const { message, stack, cause } = error as Error;
  return JSON.stringify([message, stack, String(cause), error]);
}

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
