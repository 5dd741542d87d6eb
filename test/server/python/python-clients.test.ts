import { expect, onTestFinished, test } from 'vitest';
import { SqliteStore } from '../../../src/store/sqlite-store.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '../../helpers/servers.js';
import { ask, startCollector } from '../running-collector.js';
import { runPython } from './run-python.js';

type Item = Readonly<Record<string, unknown>> & { readonly id: string };

const KEYS = [{ accountId: 'acct-test', keys: ['key-of-python'] }];
const HEADERS = { 'x-api-key': 'key-of-python', 'x-selected-account-id': 'acct-test' };

async function startWithKeys(): Promise<{ url: string; env: Record<string, string> }> {
  const folder = mkdtempSync(join(tmpdir(), 'everspan-python-'));
  const store = await SqliteStore.open({ path: join(folder, 'spans.db') });
  // After the collector: what is registered last is undone first.
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { url } = await startCollector({ store, keys: KEYS });
  return { url, env: { BASE_URL: url, KEY: 'key-of-python', ACCOUNT: 'acct-test' } };
}

describeWith('pythonClients')('the collector and the Python clients of SGP', () => {
  test('what scale-gp-beta writes is read back equal, by it and by anybody', async () => {
    const { url, env } = await startWithKeys();
    const { written, read, found, refused } = (await runPython('write_spans.py', env)) as {
      written: Item[];
      read: Record<string, Item>;
      found: string[];
      refused: { type: string; body: { errors: Item[]; items: Item[] } };
    };
    expect(written).toHaveLength(7);
    for (const item of written) {
      const { body } = await ask(`${url}/v5/spans/${encodeURIComponent(item.id)}`, { headers: HEADERS });
      expect(body).toEqual({ ...item, account_id: 'acct-test', object: 'span' });
      expect(read[item.id]).toMatchObject({
        id: item.id,
        metadata: item['metadata'],
        input: item['input'],
        output: item['output'],
      });
    }
    // Three rows at two a page: the client asked for the second by itself.
    expect(found.toSorted()).toEqual(
      written
        .filter((item) => String(item['name']).startsWith('row'))
        .map((item) => item.id)
        .toSorted(),
    );
    expect(refused.type).toBe('UnprocessableEntityError');
    expect(refused.body.errors).toEqual([expect.objectContaining({ index: 1, code: 'INVALID_ROW' })]);
    expect(refused.body.items).toHaveLength(1);
  });

  test('of a batch with a bad row each client keeps the good ones, and is told once', async () => {
    const { url, env } = await startWithKeys();
    const told = await runPython('write_partly_bad.py', env);
    const refusal = { message: expect.stringContaining('rows were refused, the others are kept') as unknown, requests: 1 };
    expect(told).toEqual({
      plain: { status: 422, ...refusal },
      // By itself this client would send a conflict three times.
      conflict: { status: 409, ...refusal },
      // This one sends whatever was refused four times, then logs that it drops the batch.
      tracing: { requests: 4 },
      // It takes the whole batch for lost.
      agentex: { dropped: 3 },
    });
    const { body } = await ask(`${url}/v5/spans/search?limit=100&sort_order=asc`, {
      method: 'POST',
      body: JSON.stringify({ trace_ids: ['plain', 'tracing', 'agentex'] }),
      headers: HEADERS,
    });
    expect((body.items as Item[]).map(({ id }) => id).toSorted()).toEqual([
      'agentex-0',
      'agentex-2',
      'plain-0',
      'plain-2',
      'plain-3',
      'tracing-0',
      'tracing-2',
    ]);
  });

  test('what the tracing processors of agentex-sdk write is there once, closed, and whole', async () => {
    const { url, env } = await startWithKeys();
    await runPython('agentex_spans.py', env);
    const { body } = await ask(`${url}/v5/spans/search?limit=1000&sort_order=asc`, {
      method: 'POST',
      body: JSON.stringify({ trace_ids: ['aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'] }),
      headers: HEADERS,
    });
    const items = body.items as Item[];
    expect(items).toHaveLength(16);
    const third = items.find((item) => item['name'] === '000000000001 2');
    expect(third).toEqual({
      name: '000000000001 2',
      id: '00000002-1111-4111-8111-000000000001',
      trace_id: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
      start_timestamp: '2026-05-11T12:00:02.123456+00:00',
      end_timestamp: '2026-05-11T12:00:03.623456+00:00',
      input: { messages: [{ role: 'user', content: 'héllo' }] },
      output: { answer: [2, 'x'] },
      metadata: {
        __span_type__: 'COMPLETION',
        __source__: 'agentex',
        __acp_type__: 'agentic',
        __agent_name__: 'test-agent',
        __agent_id__: 'agent-0001',
        k: 2,
        nested: { list: [1, null] },
      },
      status: 'SUCCESS',
      type: 'COMPLETION',
      account_id: 'acct-test',
      object: 'span',
    });
    expect(items.filter((item) => item['end_timestamp'] === undefined).map((item) => item['name'])).toEqual(['000000000002 50']);
    expect(items.find((item) => item['name'] === '000000000002 50')?.['input']).toEqual([{ raw: 'list' }]);
    const listed = await ask(`${url}/api/v1/traces`, { headers: HEADERS });
    expect(listed.body.items).toMatchObject([{ spanCount: 16, openCount: 1, serviceName: 'test-agent' }]);
  });
});
