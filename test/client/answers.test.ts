import * as fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CollectorClient } from '../../src/client/collector-client.js';
import { AnswerShapeError, CollectorClientError } from '../../src/client/errors.js';
import { closedSpan, openSpan } from '../processors/sample-span.js';
import type { Loose } from '../server/running-collector.js';

const FIXTURES = new URL('../fixtures/flowmesh/', import.meta.url);
const SPAN = {
  ...closedSpan(),
  endTime: openSpan().startTime + 1,
  input: { a: null },
  output: 1,
  statusMessage: 'm',
  parentId: '0'.repeat(15) + '2',
};
const SUMMARY = {
  traceId: SPAN.traceId,
  name: 'a',
  status: 'OK',
  startTime: 1,
  endTime: 2,
  spanCount: 1,
  openCount: 0,
  errorCount: 0,
  workflowId: 'w',
  serviceName: 's',
};
const PROFILE = JSON.parse(readFileSync(new URL('two_branch_synthesis/expected.json', FIXTURES), 'utf8'));

/** A client whose collector answers `body` to everything. */
function clientOf(body: unknown, init: ResponseInit = {}): CollectorClient {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new CollectorClient({ baseUrl: 'http://127.0.0.1:1', fetch: () => Promise.resolve(new Response(text, init)) });
}

const CALLS: readonly [name: string, answer: Loose, call: (client: CollectorClient) => Promise<unknown>][] = [
  ['a list', { items: [SUMMARY], cursor: 'c' }, (client) => client.traces.list()],
  ['a trace', { traceId: SPAN.traceId, spans: [SPAN, openSpan()] }, (client) => client.traces.get(SPAN.traceId)],
  ['a profile', PROFILE, (client) => client.traces.analyze('w')],
  [
    'a receipt',
    { taskId: 't', workflowId: 'w', type: 'spans', rows: 1, blankLines: 0, badLines: 0 },
    (client) => client.artefacts.upload('t', 'spans', ['{}']),
  ],
];

test.each(readdirSync(FIXTURES))('the answer of fixture %s is read', async (name) => {
  const answer = JSON.parse(readFileSync(new URL(`${name}/expected.json`, FIXTURES), 'utf8'));
  expect(await clientOf(answer).traces.analyze('w')).toEqual(answer);
  const whole = { summary: answer, lineageCycles: [['a', 'b']], droppedRows: { spans: 0, assets: 0, lineage: 1 } };
  expect(await clientOf(whole).traces.profile('w')).toEqual(whole);
});

describe.each(CALLS)('%s', (_name, answer, call) => {
  test('is read, and keeps fields that nobody knows yet', async () => {
    const later = withEverywhere(answer);
    expect(await call(clientOf(answer))).toEqual(answer);
    expect(await call(clientOf(later))).toEqual(later);
  });

  test('that lacks a field, or has one of another type, is refused by the name of the field', async () => {
    const paths = fieldPaths(answer).filter((path) => !OPTIONAL.test(path) && !FREE.test(path));
    expect(paths.length).toBeGreaterThan(2);
    for (const path of paths) {
      await expect(call(clientOf(changed(answer, path, undefined)))).rejects.toMatchObject({
        name: 'AnswerShapeError',
        code: 'MISSING',
        field: path,
      });
      await expect(call(clientOf(changed(answer, path, wrongFor(answer, path))))).rejects.toMatchObject({
        name: 'AnswerShapeError',
      });
    }
  });

  test('may lack what is optional', async () => {
    for (const path of fieldPaths(answer).filter((candidate) => OPTIONAL.test(candidate))) {
      await expect(call(clientOf(changed(answer, path, undefined)))).resolves.toBeDefined();
    }
  });

  test('of any other JSON is refused, never taken', async () => {
    const taken = fc.asyncProperty(fc.jsonValue(), async (value) => {
      const outcome = await call(clientOf(value)).catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(AnswerShapeError);
    });
    await fc.assert(taken, { numRuns: 100 });
  });
});

const OPTIONAL =
  /(?:^|\.|\])(?:cursor|endTime|(?<=items\[0\]\.)workflowId|serviceName|statusMessage|parentId|input|output|scope\.version)$/;
/** What a span's owner wrote is not looked into. */
const FREE = /(?:attributes|resource|input|output)\./;

describe('what comes instead of an answer has a name', () => {
  test.each([
    ['a page of another program', '<html>', { status: 200 }, { name: 'AnswerShapeError', code: 'NOT_JSON' }],
    [
      'a refusal',
      '{"error":{"code":"UNKNOWN_KEY","message":"no"}}',
      { status: 401 },
      { code: 'REFUSED', status: 401, serverCode: 'UNKNOWN_KEY', message: 'no' },
    ],
    [
      'nothing there',
      '{"error":{"code":"UNKNOWN_TRACE","message":"none"}}',
      { status: 404 },
      { code: 'NOT_FOUND', serverCode: 'UNKNOWN_TRACE' },
    ],
    ['an answer of something between', 'Bad Gateway', { status: 502 }, { code: 'REFUSED', status: 502, serverCode: undefined }],
  ])('%s', async (_what, body, init, expected) => {
    await expect(clientOf(body, init).traces.list()).rejects.toMatchObject(expected);
  });

  test('no collector, one that does not answer in time, a caller who gives up', async () => {
    const refusing = new CollectorClient({ baseUrl: 'http://127.0.0.1:1' });
    await expect(refusing.traces.list()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    const hang: typeof fetch = (_url, init) =>
      new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new TypeError('aborted'))));
    const late = new CollectorClient({ baseUrl: 'http://127.0.0.1:1', fetch: hang, timeoutMs: 20 });
    await expect(late.traces.list()).rejects.toMatchObject({ code: 'TIMED_OUT' });
    const patient = new CollectorClient({ baseUrl: 'http://127.0.0.1:1', fetch: hang });
    await expect(patient.traces.list({}, {}, { signal: AbortSignal.timeout(10) })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test.each([
    ['an address that is none', { baseUrl: 'localhost' }],
    ['an address with a password', { baseUrl: 'http://user:password@localhost' }],
    ['a key that no header holds', { baseUrl: 'http://localhost', apiKey: 'line\nbreak' }],
    ['an account that no header holds', { baseUrl: 'http://localhost', accountId: '' }],
  ])('%s', (_what, options) => {
    expect(() => new CollectorClient(options)).toThrow(CollectorClientError);
    expect(() => new CollectorClient(options)).not.toThrow(/password@|line/);
  });
});

/** `answer` with a field more in every object. */
function withEverywhere(answer: Loose): Loose {
  if (Array.isArray(answer)) return answer.map(withEverywhere);
  if (typeof answer !== 'object' || answer === null) return answer;
  return {
    ...Object.fromEntries(Object.entries(answer).map(([key, value]) => [key, withEverywhere(value)])),
    of_a_later_version: true,
  };
}

/** Paths of all fields, those in the first member of a list only. */
function fieldPaths(answer: Loose, at = ''): string[] {
  if (Array.isArray(answer)) return answer.length === 0 ? [] : fieldPaths(answer[0], `${at}[0]`);
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.entries(answer).flatMap(([key, value]) => {
    const path = at === '' ? key : `${at}.${key}`;
    return [path, ...fieldPaths(value, path)];
  });
}

/** A value of another type than the field has. */
function wrongFor(answer: Loose, path: string): unknown {
  const value = keysOf(path).reduce((holder, key) => holder[key], answer);
  return typeof value === 'object' && !Array.isArray(value) ? 5 : { wrong: [] };
}

function keysOf(path: string): string[] {
  return path.split(/\.|\[|\]\.?/).filter((key) => key !== '');
}

function changed(answer: Loose, path: string, value: unknown): Loose {
  const copy = structuredClone(answer);
  const keys = keysOf(path);
  const last = keys.pop() as string;
  let holder = copy;
  for (const key of keys) holder = holder[key];
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}
