import { describe, expect, it } from 'vitest';
import type { Span } from '../../src/span/span.js';
import type { TraceFilter } from '../../src/store/span-store.js';
import { ACCOUNT, type StoreKind } from './store-harness.js';
import { ended, NOON, spanIdOf, started, traceIdOf } from './stored-spans.js';

export const CALL = ended({
  spanId: spanIdOf(7),
  name: 'start workflow order',
  type: 'client_start',
  kind: 'PRODUCER',
  endTime: NOON + 5_000,
  resource: { 'service.name': 'shop' },
});
const RUN = started({ spanId: spanIdOf(8), parentId: CALL.spanId, startTime: NOON + 2_000 });
export const FAILED = ended({ ...RUN, status: 'ERROR', endTime: NOON + 2_000_000 });
export const STEP = ended({
  spanId: spanIdOf(2),
  parentId: RUN.spanId,
  name: 'activity pay',
  type: 'activity',
  startTime: NOON + 4_000,
});
const CHILD = ended({
  spanId: spanIdOf(4),
  parentId: spanIdOf(3),
  name: 'workflow parcel',
  startTime: NOON + 9_000,
  attributes: { 'temporal.workflow.id': 'parcel-1' },
});
const SUMMARY = { name: 'workflow order', status: 'ERROR', workflowId: 'order-1', serviceName: 'orders' };

/** Which span gives a trace its name, its status, its workflow and its service. */
export function describeHeads(kind: StoreKind): void {
  describe(`the traces of a ${kind.name} store`, () => {
    const listed = (store: Awaited<ReturnType<typeof kind.open>>['store'], filter: TraceFilter = {}): Promise<unknown[]> =>
      store.listTraces(filter, { limit: 1_000 }, ACCOUNT).then(({ items }) => [...items]);

    it('are those of the workflow that a client started, not of the call, whatever the order in which spans come', async () => {
      const { store } = await kind.open();
      const orders = permutations([CALL, RUN, FAILED, STEP, CHILD]);
      for (const [index, events] of orders.entries()) {
        for (const event of [...events, events[0] as Span])
          await store.upsert([{ ...event, traceId: traceIdOf(index) }], ACCOUNT);
      }
      const whole = { startTime: NOON, endTime: NOON + 2_000_000, spanCount: 4, openCount: 0, errorCount: 1 };
      const wanted = orders.map((_, index) => ({ traceId: traceIdOf(orders.length - 1 - index), ...SUMMARY, ...whole }));
      expect(await listed(store)).toEqual(wanted);
      expect(await listed(store, { status: 'ERROR' })).toEqual(wanted);
      expect(await listed(store, { name: 'workflow order' })).toEqual(wanted);
      expect(await listed(store, { serviceName: 'orders', hasErrors: true })).toEqual(wanted);
      for (const filter of [{ status: 'OK' as const }, { name: CALL.name }, { serviceName: 'shop' }]) {
        expect(await listed(store, filter)).toEqual([]);
      }
    });

    it('follow the workflow from the call to its end, and past that to what Temporal has recorded', async () => {
      const { store } = await kind.open();
      const steps = [
        [CALL, 'start workflow order', 'OK'],
        [RUN, 'workflow order', 'RUNNING'],
        [{ ...FAILED, status: 'OK' as const }, 'workflow order', 'OK'],
        [{ ...FAILED, status: 'TERMINATED' as const, source: 'recorded' as const }, 'workflow order', 'TERMINATED'],
      ] as const;
      for (const [event, name, status] of steps) {
        await store.upsert([event], ACCOUNT);
        expect(await listed(store)).toEqual([expect.objectContaining({ name, status })]);
        expect(await listed(store, { status, name })).toHaveLength(1);
      }
    });

    it('are said to have errors where any span has failed, though the workflow went well', async () => {
      const { store } = await kind.open();
      await store.upsert([CALL, { ...FAILED, status: 'OK' }, { ...STEP, status: 'ERROR' }], ACCOUNT);
      expect(await listed(store, { hasErrors: true, status: 'OK' })).toHaveLength(1);
      expect(await listed(store, { hasErrors: false })).toEqual([]);
      expect(await listed(store, { status: 'ERROR' })).toEqual([]);
    });

    it('go over to the workflow when a later event of their root says that it was a call', async () => {
      const { store } = await kind.open();
      await store.upsert(
        [started({ spanId: CALL.spanId, type: 'otel', name: 'unknown', resource: CALL.resource }), RUN],
        ACCOUNT,
      );
      expect(await listed(store)).toEqual([expect.objectContaining({ name: 'unknown' })]);
      await store.upsert([CALL], ACCOUNT);
      expect(await listed(store)).toEqual([expect.objectContaining({ name: RUN.name, status: 'RUNNING' })]);
    });

    it('are calls where there is no more than a call, and can be listed without them', async () => {
      const { store } = await kind.open();
      const query = ended({ ...CALL, traceId: traceIdOf(2), name: 'query state', type: 'client_query' });
      await store.upsert([query, CALL], ACCOUNT);
      const names = async (isCall: boolean): Promise<unknown[]> =>
        (await store.listTraces({ isCall }, { limit: 9 }, ACCOUNT)).items.map(({ name }) => name);
      expect(await names(true)).toEqual([query.name, CALL.name]);
      expect(await names(false)).toEqual([]);
      await store.upsert([RUN], ACCOUNT);
      expect(await names(true)).toEqual([query.name]);
      expect(await names(false)).toEqual([RUN.name]);
    });

    const request = ended({ spanId: spanIdOf(9), name: 'POST /orders', type: 'otel', startTime: NOON - 9 });
    const fromElsewhere = { parentId: spanIdOf(99) };
    it.each([
      ['of a call alone, the call', [CALL], CALL.name],
      ['of a query, the query', [ended({ ...CALL, name: 'query state', type: 'client_query' })], 'query state'],
      ['of a call within a request, the request', [request, { ...CALL, parentId: request.spanId }, RUN], request.name],
      ['of a call within a request that is not here, the workflow', [{ ...CALL, ...fromElsewhere }, RUN, STEP], RUN.name],
      ['of a workflow whose caller is not here, the workflow', [{ ...RUN, ...fromElsewhere }, STEP], RUN.name],
      ['of a workflow that nobody traced called, the workflow', [started(), CHILD], 'workflow order'],
      ['of two runs that calls started, the first', [CALL, { ...RUN, ...CHILD, parentId: CALL.spanId }, RUN], RUN.name],
      [
        'of a workflow to which an operation was handed, the workflow',
        [ended({ ...request, type: 'operation' }), CALL, RUN],
        RUN.name,
      ],
      [
        'of a workflow that has not come yet, its earliest span',
        [
          { ...STEP, startTime: NOON + 1 },
          { ...STEP, name: 'x', spanId: spanIdOf(5) },
        ],
        STEP.name,
      ],
    ])('are named, %s', async (_case, spans, name) => {
      const { store } = await kind.open();
      for (const [index, events] of permutations(spans).entries()) {
        await store.upsert(
          events.map((event) => ({ ...event, traceId: traceIdOf(index) })),
          ACCOUNT,
        );
      }
      expect(new Set((await listed(store)).map((trace) => (trace as { name: string }).name))).toEqual(new Set([name]));
    });
  });
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
