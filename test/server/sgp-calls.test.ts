import { expect, test } from 'vitest';
import { SgpProcessor } from '../../src/processors/sgp-processor.js';
import { SpanDeliveryError } from '../../src/processors/errors.js';
import { closedSpan, openSpan, patientContext, spanIdOf, spansOf } from '../processors/sample-span.js';
import { ask, jsonBody, startCollector } from './running-collector.js';

const ITEM = {
  name: 'a',
  id: 'id-1',
  trace_id: 'trace-1',
  start_timestamp: '2026-05-11T12:00:00+00:00',
  input: {},
  output: {},
  metadata: {},
  status: 'SUCCESS',
  type: 'STANDALONE',
};
const END = { end_timestamp: '2026-05-11T12:00:01+00:00' };

function batch(...items: (object | string)[]): RequestInit {
  return jsonBody({ items }, 'PUT');
}

test('the bad rows of a batch are named, the good ones are kept, and the answer is a refusal', async () => {
  const { url } = await startCollector();
  const bad = [
    { ...ITEM, id: 'no name', name: undefined },
    { ...ITEM, id: 'late start', end_timestamp: '2020-01-01T00:00:00+00:00' },
    { ...ITEM, id: 'of no type', type: 'NOBODY' },
    { ...ITEM, id: 'of no status', status: 'RUNNING' },
    { ...ITEM, id: 'of no time', start_timestamp: 'yesterday' },
    'no object',
  ];
  const { status, body } = await ask(`${url}/v5/spans/batch`, batch(ITEM, ...bad, { ...ITEM, id: 'id-2' }));
  expect(status).toBe(422);
  expect(body.items.map((item: { id: string }) => item.id)).toEqual(['id-1', 'id-2']);
  expect(body.errors.map((error: { index: number }) => error.index)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(
    body.errors.every((error: { code: string; message: string }) => error.code === 'INVALID_ROW' && error.message !== ''),
  ).toBe(true);
  expect(body.error).toMatchObject({ code: 'INVALID_ROW', message: expect.stringContaining('6 of 8 rows') });
  expect((await ask(`${url}/v5/spans/id-2`)).status).toBe(200);
  expect((await ask(`${url}/v5/spans/${encodeURIComponent('late start')}`)).status).toBe(404);
});

test.each([
  ['a NUL in an id', { id: 'a\0b' }, 400, 'INVALID_ID'],
  ['a lone surrogate in a trace id', { trace_id: 'a\ud800' }, 400, 'INVALID_ID'],
  ['an id of more than 256 bytes', { id: 'é'.repeat(200) }, 400, 'INVALID_ID'],
  ['an id of more than 256 characters', { id: 'e'.repeat(300) }, 422, 'INVALID_ROW'],
  ['a span that is its own parent', { parent_id: 'id-1' }, 409, 'PARENT_CONFLICT'],
  ['a number beyond a double', { metadata: { a: { b: 'INFINITY' } } }, 422, 'INVALID_ROW'],
])('%s is refused as SGP refuses it', async (_what, change, status, code) => {
  const { url } = await startCollector();
  const body = JSON.stringify({ items: [{ ...ITEM, ...change }] }).replace('"INFINITY"', '1e999');
  const answer = await ask(`${url}/v5/spans/batch`, { method: 'PUT', body, headers: { 'content-type': 'application/json' } });
  expect([answer.status, answer.body.error.code]).toEqual([status, code]);
});

test('a ring of parents costs the spans of the ring, not their children', async () => {
  const { url } = await startCollector();
  const ring = [
    { ...ITEM, id: 'a', parent_id: 'b' },
    { ...ITEM, id: 'b', parent_id: 'a' },
    { ...ITEM, id: 'c', parent_id: 'a' },
  ];
  const { status, body } = await ask(
    `${url}/v5/spans/batch`,
    batch(...ring, { ...ITEM, id: 'd', trace_id: 'trace-2', parent_id: 'c' }),
  );
  expect(status).toBe(409);
  expect(body.items.map((item: { id: string }) => item.id)).toEqual(['c']);
  expect(body.errors.map((error: { id: string }) => error.id)).toEqual(['a', 'b', 'd']);
});

test('a completed span stays over a running one, whichever comes last, by PUT and by POST', async () => {
  const { url } = await startCollector();
  const closed = { ...ITEM, ...END, output: { answer: 42 } };
  await ask(`${url}/v5/spans/batch`, batch(closed));
  const late = await ask(`${url}/v5/spans/batch`, batch(ITEM));
  expect(late.body.items).toEqual([expect.objectContaining(closed)]);
  const inserted = await ask(`${url}/v5/spans/batch`, jsonBody({ items: [ITEM] }));
  expect(inserted.body.items).toEqual([expect.objectContaining(closed)]);
});

test('of writes that stand alike the last one counts: running twice, closed twice, both in one batch', async () => {
  const { url } = await startCollector();
  const states = [{}, END].flatMap((end) => Array.from({ length: 4 }, (_, index) => ({ ...ITEM, ...end, metadata: { index } })));
  for (const state of states) {
    await ask(`${url}/v5/spans/batch`, batch(state));
    expect((await ask(`${url}/v5/spans/id-1`)).body).toMatchObject(state);
  }
  const twice = [8, 9].map((index) => ({ ...ITEM, ...END, metadata: { index } }));
  await ask(`${url}/v5/spans/batch`, batch(...twice));
  expect((await ask(`${url}/v5/spans/id-1`)).body.metadata).toEqual({ index: 9 });
});

test('one span is made, changed and read', async () => {
  const { url } = await startCollector();
  const made = await ask(`${url}/v5/spans`, jsonBody({ name: 'a', trace_id: 't', start_timestamp: '2026-05-11T12:00:00Z' }));
  expect(made.status).toBe(200);
  const path = `${url}/v5/spans/${made.body.id}`;
  const changed = await ask(path, jsonBody({ status: 'ERROR', name: 'b', metadata: { a: null }, ...END }, 'PATCH'));
  expect(changed.body).toEqual({ ...made.body, status: 'ERROR', name: 'b', metadata: { a: null }, ...END });
  expect((await ask(path)).body).toEqual(changed.body);
  const back = await ask(path, jsonBody({ end_timestamp: '2026-05-11T12:00:00.5+00:00' }, 'PATCH'));
  expect([back.status, back.body.error.code]).toEqual([409, 'END_MOVED_BACK']);
  expect((await ask(path, jsonBody({ trace_id: 'x' }, 'PATCH'))).status).toBe(422);
  expect((await ask(`${url}/v5/spans/nobody`, jsonBody({ name: 'x' }, 'PATCH'))).status).toBe(404);
});

test("a search finds by every filter, and pages forth and back by the ids of SGP's client", async () => {
  const { url } = await startCollector();
  const rows = Array.from({ length: 7 }, (_, index) => ({
    ...ITEM,
    id: `row ${index}`,
    name: index % 2 === 0 ? 'even' : 'odd',
    start_timestamp: `2026-05-11T12:00:0${index}+00:00`,
    ...(index < 6 ? { end_timestamp: `2026-05-11T12:00:0${index}.${index}00000+00:00` } : {}),
    ...(index > 0 ? { parent_id: 'row 0' } : {}),
    status: index === 3 ? 'ERROR' : 'SUCCESS',
    type: index === 4 ? 'COMPLETION' : 'STANDALONE',
    metadata: { index, __agent_name__: `agent ${index % 3}`, nested: { index } },
    output: { text: `Answer number ${index}` },
  }));
  await ask(`${url}/v5/spans/batch`, batch(...rows, { ...ITEM, id: 'row 0', trace_id: 'other' }));
  const search = async (filters: object, query = ''): Promise<string> => {
    const { body } = await ask(
      `${url}/v5/spans/search?sort_order=asc&limit=100${query}`,
      jsonBody({ trace_ids: ['trace-1'], ...filters }),
    );
    return body.items === undefined ? body.error.code : body.items.map((item: { id: string }) => item.id.slice(4)).join('');
  };
  expect(await search({})).toBe('0123456');
  expect(await search({ names: ['even'] })).toBe('0246');
  expect(await search({ statuses: ['ERROR'] })).toBe('3');
  expect(await search({ types: ['COMPLETION'] })).toBe('4');
  expect(await search({ parent_ids: ['row 0'] })).toBe('123456');
  expect(await search({ parents_only: true })).toBe('0');
  expect(await search({ span_ids: ['row 2', 'row 5', 'nobody'] })).toBe('25');
  expect(await search({ spans: [{ trace_id: 'trace-1', span_id: 'row 2' }] })).toBe('2');
  expect(await search({ excluded_span_ids: ['row 0'], excluded_spans: [{ trace_id: 'trace-1', span_id: 'row 1' }] })).toBe(
    '23456',
  );
  expect(await search({ min_duration_ms: 200, max_duration_ms: 400 })).toBe('234');
  expect(await search({ agentex_agent_names: ['agent 1'] })).toBe('14');
  expect(await search({ extra_metadata: { index: [2, 3], nested: { index: 3 } } })).toBe('3');
  expect(await search({ search_texts: ['NUMBER 5'] })).toBe('5');
  expect(await search({}, `&from_ts=${encodeURIComponent('2026-05-11T12:00:02Z')}&to_ts=2026-05-11T12:00:04`)).toBe('234');
  expect(await search({}, '&limit=2&starting_after=row%201')).toBe('23');
  expect(await search({}, '&limit=2&ending_before=row%204')).toBe('23');
  expect(await search({ assessment_types: ['x'] })).toBe('INVALID_BODY');
  expect(await search({}, '&starting_after=nobody')).toBe('UNKNOWN_SPAN');
});

test("everspan's own processor writes to it as to SGP: START after END, a bad span among good ones, 1000 at once", async () => {
  const { url } = await startCollector();
  const processor = new SgpProcessor({ apiKey: 'key', accountId: 'acct-test', baseUrl: url });
  const spans = spansOf(1_000, closedSpan);
  await processor.end(spans, patientContext());
  await processor.start(spansOf(10, openSpan), patientContext());
  // Cannot be said in SGP: it is among its own ancestors.
  const ring = closedSpan({ spanId: spanIdOf(2_000), parentId: spanIdOf(2_000) });
  const error = await processor.end([...spansOf(3, closedSpan), ring], patientContext()).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SpanDeliveryError);
  expect(error).toMatchObject({ code: 'REJECTED', rejectedSpanIds: [ring.spanId] });
  const { body } = await ask(`${url}/api/v1/traces/${spans[0]?.traceId}`);
  expect(body.spans).toHaveLength(1_000);
  expect(body.spans.every((span: { status: string }) => span.status === 'OK')).toBe(true);
});
