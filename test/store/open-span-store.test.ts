import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openSpanStore } from '../../src/store/open-span-store.js';
import { startNode } from '../processors/child-process.js';
import { ACCOUNT, temporaryFolder } from './store-harness.js';
import { ended } from './stored-spans.js';

it.each([
  ['a path', (path: string) => path],
  ['sqlite:PATH', (path: string) => `sqlite:${path}`],
  ['sqlite://PATH', (path: string) => `sqlite://${path}`],
])('a file is named by %s', async (_form, urlOf) => {
  const path = join(temporaryFolder(), 'deep', 'spans.db');
  const store = await openSpanStore(urlOf(path));
  onTestFinished(() => store.close());
  expect(store.name).toBe('sqlite');
  await store.upsert([ended()], ACCOUNT);
  const again = await openSpanStore(path, { create: false });
  onTestFinished(() => again.close());
  expect(await again.trace(ended().traceId, ACCOUNT)).toEqual([ended()]);
});

it('memory: is a store of its own each time', async () => {
  const [one, other] = [await openSpanStore('memory:'), await openSpanStore('memory:')];
  await one.upsert([ended()], ACCOUNT);
  expect(await other.lastSequence(ACCOUNT)).toBe(0);
});

it.each(['', 'mysql://user:secret@host/base', 'sqlite:', 'http://host', 'a\0b'])('%j names no store', async (url) => {
  const failure: unknown = await openSpanStore(url).catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: 'SpanStoreError', code: 'INVALID_URL' });
  expect(String(failure)).not.toContain('secret');
});

it('a reader does not make the file', async () => {
  const path = join(temporaryFolder(), 'spans.db');
  await expect(openSpanStore(path, { create: false })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(openSpanStore(path, { create: false })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

it('loads no driver before a store of its kind is opened', async () => {
  const entries = ['processors', 'store'].map((name) => new URL(`../../dist/${name}/index.js`, import.meta.url).href);
  const program = `
    import { createRequire } from 'node:module';
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).concat(process.moduleLoadList ?? []);
    const drivers = () => loaded().filter((path) => /node_modules.(?:libsql|@libsql|pg).|libsql.*node$/.test(path)).length > 0;
    ${entries.map((entry) => `await import(${JSON.stringify(entry)});`).join('\n')}
    const before = drivers();
    const { openSpanStore } = await import(${JSON.stringify(entries[1])});
    const store = await openSpanStore(${JSON.stringify(join(temporaryFolder(), 'spans.db'))});
    await store.close();
    console.log(JSON.stringify([before, drivers()]));
  `;
  const child = startNode(['--input-type=module', '-e', program]);
  expect(JSON.parse(await child.nextLine())).toEqual([false, true]);
});
