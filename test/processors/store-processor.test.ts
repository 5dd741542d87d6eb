import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { SpanDeliveryError } from '../../src/processors/errors.js';
import { StoreProcessor } from '../../src/processors/store-processor.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import { openSpanStore } from '../../src/store/open-span-store.js';
import { DEFAULT_ACCOUNT_ID } from '../../src/store/span-store.js';
import { temporaryFolder } from '../store/store-harness.js';
import { closedSpan, openSpan, patientContext, spanIdOf, TRACE_ID } from './sample-span.js';

const DEFAULT = { accountId: DEFAULT_ACCOUNT_ID };

it('writes START and END to the store, in the account that it is told', async () => {
  const store = new MemoryStore();
  const processor = new StoreProcessor({ store, accountId: 'mine' });
  await processor.start([openSpan()], patientContext());
  expect(await store.trace(TRACE_ID, { accountId: 'mine' })).toEqual([openSpan()]);
  await processor.end([closedSpan()], patientContext());
  await processor.start([openSpan()], patientContext());
  await processor.shutdown();
  expect(await store.trace(TRACE_ID, { accountId: 'mine' })).toEqual([closedSpan()]);
  expect(await store.trace(TRACE_ID, DEFAULT)).toEqual([]);
});

it('opens the store that is named with the first batch, and closes it at its end', async () => {
  const url = `sqlite:${join(temporaryFolder(), 'spans.db')}`;
  const one = new StoreProcessor({ store: url });
  const other = new StoreProcessor({ store: url });
  await Promise.all([one.start([openSpan()], patientContext()), other.end([closedSpan()], patientContext())]);
  await Promise.all([one.shutdown(), other.shutdown()]);
  await expect(one.end([closedSpan()], patientContext())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const store = await openSpanStore(url, { create: false });
  onTestFinished(() => store.close());
  expect(await store.trace(TRACE_ID, DEFAULT)).toEqual([closedSpan()]);
});

it('tries to open the store again with the next batch', async () => {
  const path = join(temporaryFolder(), 'spans.db');
  mkdirSync(path);
  const processor = new StoreProcessor({ store: path });
  onTestFinished(() => processor.shutdown());
  const failure: unknown = await processor.end([closedSpan()], patientContext()).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(SpanDeliveryError);
  expect(failure).toMatchObject({ code: 'UNAVAILABLE', processor: 'store', cause: { name: 'SpanStoreError' } });
  rmdirSync(path);
  await processor.end([closedSpan()], patientContext());
});

it('refuses the spans that are not valid and writes the others', async () => {
  const store = new MemoryStore();
  const processor = new StoreProcessor({ store });
  const broken = { ...closedSpan({ spanId: spanIdOf(2) }), startTime: Number.NaN };
  await expect(processor.end([closedSpan(), broken], patientContext())).rejects.toMatchObject({
    code: 'REJECTED',
    rejectedSpanIds: [spanIdOf(2)],
  });
  expect(await store.trace(TRACE_ID, DEFAULT)).toEqual([closedSpan()]);
});

it('stops waiting when its caller does', async () => {
  const controller = new AbortController();
  const store = new MemoryStore();
  store.upsert = () => new Promise(() => {});
  const writing = new StoreProcessor({ store }).end([closedSpan()], { signal: controller.signal });
  controller.abort();
  await expect(writing).rejects.toMatchObject({ code: 'ABORTED' });
  const late = new StoreProcessor({ store }).end([closedSpan()], { signal: controller.signal });
  await expect(late).rejects.toMatchObject({ code: 'ABORTED' });
});
