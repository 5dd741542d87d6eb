import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Span, SpanStatus } from '../../src/span/span.js';
import { MemoryStore } from '../../src/store/memory-store.js';
import type { Page, Paged, SpanFilter, TraceFilter } from '../../src/store/span-store.js';
import { events } from './event-batches.js';
import { ACCOUNT, OTHER_ACCOUNT, type StoreKind } from './store-harness.js';
import { ended, NOON, spanIdOf, started, traceIdOf, traceOfSpans } from './stored-spans.js';

const DEADLINE_MS = 120_000;

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });
const statuses = fc.constantFrom<SpanStatus>('OK', 'ERROR', 'RUNNING');
const bounds = fc.oneof(fc.integer({ min: NOON - 1, max: NOON + 5 }), fc.constant(NOON + 2.5));
const durations = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant(1.5));

const traceFilters: fc.Arbitrary<TraceFilter> = fc
  .record({
    workflowId: optional(fc.constantFrom('w1', 'w2')),
    name: optional(fc.constantFrom('a', 'b')),
    status: optional(statuses),
    serviceName: optional(fc.constantFrom('s1', 's2')),
    startedFrom: optional(bounds),
    startedTo: optional(bounds),
    durationAtLeast: optional(durations),
    durationAtMost: optional(durations),
    hasOpenSpans: optional(fc.boolean()),
    hasErrors: optional(fc.boolean()),
    isCall: optional(fc.boolean()),
  })
  .map(withoutUndefined);

const spanFilters: fc.Arbitrary<SpanFilter> = fc
  .record({
    traceIds: optional(fc.subarray([traceIdOf(1), traceIdOf(2), traceIdOf(90)])),
    spanIds: optional(fc.subarray([spanIdOf(1), spanIdOf(2), spanIdOf(90)])),
    parentIds: optional(fc.subarray([spanIdOf(1), spanIdOf(2)])),
    parentsOnly: optional(fc.boolean()),
    names: optional(fc.subarray(['a', 'b', 'z'])),
    types: optional(fc.subarray(['workflow', 'activity'])),
    statuses: optional(fc.subarray<SpanStatus>(['OK', 'ERROR', 'RUNNING'])),
    startedFrom: optional(bounds),
    startedTo: optional(bounds),
    durationAtLeast: optional(durations),
    durationAtMost: optional(durations),
  })
  .map(withoutUndefined);

const pages = fc.record({ limit: fc.integer({ min: 1, max: 7 }), order: fc.constantFrom('newest' as const, 'oldest' as const) });

/** Lists, searches and pages. The memory store, which goes through everything, is the model of the others. */
export function describeReading(kind: StoreKind, runs: number): void {
  describe(`reading a ${kind.name} store`, () => {
    it('finds what the filter says, page by page', { timeout: DEADLINE_MS }, async () => {
      const { store } = await kind.open();
      const model = new MemoryStore();
      const spans = fc
        .sample(events, { numRuns: 120, seed: 20 })
        .map((span, index) => ({ ...span, traceId: traceIdOf(index % 40) }));
      const valid = spans.map((span) => ({ ...span, traceId: span.traceId === traceIdOf(0) ? traceIdOf(41) : span.traceId }));
      for (const target of [store, model]) {
        await target.upsert(valid, ACCOUNT);
        await target.upsert(traceOfSpans(1, 3), OTHER_ACCOUNT);
      }
      await fc.assert(
        fc.asyncProperty(traceFilters, spanFilters, pages, async (traceFilter, spanFilter, page) => {
          const traces = (one: Page): Promise<Paged<unknown>> => store.listTraces(traceFilter, one, ACCOUNT);
          const wanted = await model.listTraces(traceFilter, { limit: 1_000, order: page.order }, ACCOUNT);
          expect(await allPages(traces, page)).toEqual(wanted.items);
          const search = (one: Page): Promise<Paged<unknown>> => store.searchSpans(spanFilter, one, ACCOUNT);
          const found = await model.searchSpans(spanFilter, { limit: 1_000, order: page.order }, ACCOUNT);
          expect(await allPages(search, page)).toEqual(found.items);
        }),
        { numRuns: runs },
      );
    });

    it('lists the newest trace first, and by id where the start is one', async () => {
      const { store } = await kind.open();
      const at = (ordinal: number, startTime: number): Span => ended({ traceId: traceIdOf(ordinal), startTime });
      await store.upsert([at(1, NOON), at(3, NOON + 1), at(2, NOON + 1)], ACCOUNT);
      const ids = async (page: Page): Promise<string[]> =>
        (await store.listTraces({}, page, ACCOUNT)).items.map(({ traceId }) => traceId);
      expect(await ids({ limit: 5 })).toEqual([traceIdOf(3), traceIdOf(2), traceIdOf(1)]);
      expect(await ids({ limit: 5, order: 'oldest' })).toEqual([traceIdOf(1), traceIdOf(2), traceIdOf(3)]);
    });

    it('goes on where the page before ended, though traces came in between', async () => {
      const { store } = await kind.open();
      await store.upsert(traceOfSpans(2, 1), ACCOUNT);
      await store.upsert(traceOfSpans(4, 1), ACCOUNT);
      const first = await store.listTraces({}, { limit: 1 }, ACCOUNT);
      await store.upsert([...traceOfSpans(3, 1), ...traceOfSpans(5, 1)], ACCOUNT);
      const second = await store.listTraces({}, { limit: 5, cursor: first.cursor as string }, ACCOUNT);
      expect([...first.items, ...second.items].map(({ traceId }) => traceId)).toEqual([4, 3, 2].map(traceIdOf));
      expect(second.cursor).toBeUndefined();
    });

    it('finds a trace by a workflow of any of its spans', async () => {
      const { store } = await kind.open();
      const child = ended({ spanId: spanIdOf(2), parentId: spanIdOf(1), attributes: { workflow_id: 'child' } });
      await store.upsert([started(), child], ACCOUNT);
      const found = await store.listTraces({ workflowId: 'child' }, { limit: 5 }, ACCOUNT);
      expect(found.items).toEqual([expect.objectContaining({ traceId: traceIdOf(1), workflowId: 'order-1' })]);
      await store.upsert([{ ...child, source: 'recorded', attributes: {} }], ACCOUNT);
      expect(await store.listTraces({ workflowId: 'child' }, { limit: 5 }, ACCOUNT)).toEqual({ items: [] });
    });

    it('refuses a cursor that is not of this list and order, and a page without a size', async () => {
      const { store } = await kind.open();
      await store.upsert([...traceOfSpans(1, 2), ...traceOfSpans(2, 1)], ACCOUNT);
      const traces = (await store.listTraces({}, { limit: 1 }, ACCOUNT)).cursor as string;
      const spans = (await store.searchSpans({}, { limit: 1 }, ACCOUNT)).cursor as string;
      const invalid = expect.objectContaining({ name: 'SpanStoreError', code: 'INVALID_CURSOR' }) as unknown;
      for (const cursor of ['', 'x', 'AAAA', traces.slice(0, -4), spans, `${traces}\0`, 'W10', "' or 1=1"]) {
        await expect(store.listTraces({}, { limit: 1, cursor }, ACCOUNT), cursor).rejects.toEqual(invalid);
      }
      await expect(store.searchSpans({}, { limit: 1, cursor: traces }, ACCOUNT)).rejects.toEqual(invalid);
      await expect(store.listTraces({}, { limit: 1, cursor: traces, order: 'oldest' }, ACCOUNT)).rejects.toEqual(invalid);
      for (const limit of [0, -1, 1.5, Number.NaN, 10_001]) {
        const refused = expect.objectContaining({ code: 'INVALID_QUERY' }) as unknown;
        await expect(store.listTraces({}, { limit }, ACCOUNT)).rejects.toEqual(refused);
        await expect(store.searchSpans({}, { limit }, ACCOUNT)).rejects.toEqual(refused);
        await expect(store.changes({ after: 0, limit }, ACCOUNT)).rejects.toEqual(refused);
      }
    });
  });
}

async function allPages(read: (page: Page) => Promise<Paged<unknown>>, page: Page): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let cursor: string | undefined; ; ) {
    const answer = await read({ ...page, ...(cursor === undefined ? {} : { cursor }) });
    expect(answer.items.length).toBeLessThanOrEqual(page.limit);
    items.push(...answer.items);
    if (answer.cursor === undefined) return items;
    expect(answer.items).toHaveLength(page.limit);
    cursor = answer.cursor;
  }
}

function withoutUndefined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
