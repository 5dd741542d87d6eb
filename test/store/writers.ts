import { expect } from 'vitest';
import type { SpanStore } from '../../src/store/span-store.js';
import { type Child, startNode } from '../processors/child-process.js';

const MAIN = new URL('writer-main.mjs', import.meta.url).pathname;
export const SPANS_PER_BATCH = 50;

/** A process that writes batches, until it has written all of them or is killed. It runs the built store: Node 20 runs no TypeScript. */
export function startWriter(url: string, schema: string, accountId: string, batches: number): Child {
  return startNode([MAIN, url, schema, accountId, String(batches)]);
}

/** Kills the writer once it has said so many batches; the highest that it has said. */
export async function killAfter(writer: Child, batches: number): Promise<number> {
  expect(await writer.nextLine()).toBe('open');
  let acknowledged = 0;
  while (acknowledged < batches) acknowledged = Number(await writer.nextLine());
  writer.process.kill('SIGKILL');
  expect(await writer.exit()).toBeNull();
  return acknowledged;
}

/** Expects every acknowledged batch, and of the others all or nothing. */
export async function expectWholeBatches(store: SpanStore, accountId: string, acknowledged: number): Promise<void> {
  const { items } = await store.listTraces({}, { limit: 10_000, order: 'oldest' }, { accountId });
  expect(items.length).toBeGreaterThanOrEqual(acknowledged);
  for (const [index, { traceId, spanCount, openCount }] of items.entries()) {
    expect(Number.parseInt(traceId, 16)).toBe(index + 1);
    expect({ spanCount, openCount }).toEqual({ spanCount: SPANS_PER_BATCH, openCount: 0 });
    expect(await store.trace(traceId, { accountId })).toHaveLength(SPANS_PER_BATCH);
  }
  expect(await store.lastSequence({ accountId })).toBe(items.length * SPANS_PER_BATCH);
}
