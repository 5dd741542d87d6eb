import { describe, expect, test } from 'vitest';
import { createCollector } from '../../src/server/collector.js';
import { CollectorError } from '../../src/server/errors.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { closedSpan } from '../processors/sample-span.js';
import { SILENT } from './running-collector.js';

const KEYS = [
  { accountId: 'one', keys: ['key-of-one', 'second-of-one', 'shared-key'] },
  { accountId: 'two', keys: ['key-of-two', 'shared-key'] },
];

async function answer(headers: Record<string, string>, keys = KEYS, url = 'http://127.0.0.1/api/v1/traces'): Promise<string> {
  const store = new MemoryStore();
  await store.upsert([closedSpan({ name: 'of one' })], { accountId: 'one' });
  await store.upsert([closedSpan({ name: 'of two' })], { accountId: 'two' });
  const { app } = createCollector({ store, keys, logger: SILENT });
  const response = await app.request(url, { headers });
  const body = (await response.json()) as { items?: { name: string }[]; error?: { code: string } };
  return body.error === undefined
    ? `${response.status} ${body.items?.map((item) => item.name).join()}`
    : `${response.status} ${body.error.code}`;
}

describe('an account sees only its own', () => {
  test.each([
    ['its key and its name', { 'x-api-key': 'key-of-one', 'x-selected-account-id': 'one' }, '200 of one'],
    ['another of its keys', { 'x-api-key': 'second-of-one', 'x-selected-account-id': 'one' }, '200 of one'],
    ['its key alone', { 'x-api-key': 'key-of-two' }, '200 of two'],
    ['its key as a bearer token', { authorization: 'Bearer key-of-two' }, '200 of two'],
    ['a shared key and a name', { 'x-api-key': 'shared-key', 'x-selected-account-id': 'two' }, '200 of two'],
    ['a shared key alone', { 'x-api-key': 'shared-key' }, '400 ACCOUNT_NEEDED'],
    ['the key of another', { 'x-api-key': 'key-of-two', 'x-selected-account-id': 'one' }, '403 FOREIGN_ACCOUNT'],
    ['an unknown key', { 'x-api-key': 'key-of-nobody', 'x-selected-account-id': 'one' }, '401 UNKNOWN_KEY'],
    ['the beginning of a key', { 'x-api-key': 'key-of-on' }, '401 UNKNOWN_KEY'],
    ['no key', { 'x-selected-account-id': 'one' }, '401 NO_KEY'],
    ['a name that is none', { 'x-api-key': 'key-of-one', 'x-selected-account-id': 'a b' }, '400 INVALID_ACCOUNT'],
  ])('by %s', async (_what, headers, expected) => {
    expect(await answer(headers)).toBe(expected);
  });
});

describe('without keys', () => {
  test.each([
    ['a request names its account', { 'x-selected-account-id': 'two' }, 'http://localhost:1/api/v1/traces', '200 of two'],
    ['a name of another machine that points here is refused', {}, 'http://evil.example/api/v1/traces', '403 FOREIGN_ORIGIN'],
    [
      'a page of another origin is refused',
      { origin: 'https://evil.example' },
      'http://127.0.0.1:1/api/v1/traces',
      '403 FOREIGN_ORIGIN',
    ],
    [
      'a page of its own is answered',
      { origin: 'http://127.0.0.1:1', 'x-selected-account-id': 'one' },
      'http://127.0.0.1:1/api/v1/traces',
      '200 of one',
    ],
  ])('%s', async (_what, headers, url, expected) => {
    expect(await answer(headers as Record<string, string>, [], url)).toBe(expected);
  });

  test.each(['0.0.0.0', '::', '10.0.0.1', 'example.com'])('it does not listen on %s', async (host) => {
    const collector = createCollector({ store: new MemoryStore() });
    const error = await collector.listen({ host }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CollectorError);
    expect(error).toMatchObject({ code: 'KEYS_REQUIRED', message: expect.stringContaining(host) });
  });
});

test('with keys it listens on any address, and a taken port is named', async () => {
  const collector = createCollector({ store: new MemoryStore(), keys: KEYS });
  const listening = await collector.listen({ host: '0.0.0.0' });
  const second = await collector.listen({ host: '0.0.0.0', port: listening.port }).catch((reason: unknown) => reason);
  expect(second).toMatchObject({ code: 'ADDRESS_IN_USE' });
  await listening.close();
  await listening.close();
});

test.each([
  ['a key that is too short to be one', [{ accountId: 'one', keys: ['short'] }]],
  ['a key that no header holds', [{ accountId: 'one', keys: ['with a space in it'] }]],
  ['an account that no header holds', [{ accountId: 'two words', keys: ['key-of-two'] }]],
])('%s is refused at once, and is not shown', (_what, keys) => {
  const make = (): unknown => createCollector({ store: new MemoryStore(), keys });
  expect(make).toThrow(CollectorError);
  expect(make).not.toThrow(keys[0]?.keys[0]);
});

test('what is asked about the collector itself needs no key, and tells of no account', async () => {
  const { app } = createCollector({ store: new MemoryStore(), keys: KEYS });
  for (const path of ['/health', '/ready', '/metrics', '/openapi.json']) {
    const response = await app.request(`http://127.0.0.1${path}`);
    expect([path, response.status]).toEqual([path, 200]);
    expect(await response.text()).not.toMatch(/key-of|"one"/);
  }
});
