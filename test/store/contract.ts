import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/span/canonical-json.js';
import type { StoreKind } from './store-harness.js';
import { ACCOUNT, OTHER_ACCOUNT } from './store-harness.js';
import { ended, NOON, spanIdOf, started, traceIdOf, traceOfSpans } from './stored-spans.js';

/** What every store does, case by case. */
export function describeContract(kind: StoreKind): void {
  describe(`a ${kind.name} store`, () => {
    it('is empty at first', async () => {
      const { store } = await kind.open();
      expect(await store.trace(traceIdOf(1), ACCOUNT)).toEqual([]);
      expect(await store.listTraces({}, { limit: 10 }, ACCOUNT)).toEqual({ items: [] });
      expect(await store.searchSpans({}, { limit: 10 }, ACCOUNT)).toEqual({ items: [] });
      expect(await store.changes({ after: 0, limit: 10 }, ACCOUNT)).toEqual([]);
      expect(await store.lastSequence(ACCOUNT)).toBe(0);
      expect(await store.upsert([], ACCOUNT)).toEqual([]);
    });

    it('gives back what it was handed, field by field', async () => {
      const { store } = await kind.open();
      const span = ended({
        parentId: spanIdOf(9),
        statusMessage: 'done',
        attributes: { b: 1, a: ['x', 'y'], c: true, 'lone \ud800 surrogate': 'nul \0 inside', 10: 'ten', 9: 'nine' },
        events: [{ name: 'retry', time: NOON + 1, attributes: { attempt: 2 } }],
        links: [{ traceId: traceIdOf(7), spanId: spanIdOf(7) }],
        input: { z: [1, null, { y: 'x' }], a: '' },
        output: 'text',
        scope: { name: 'lib', version: '1' },
        name: 'nul \0 and \udfff and \u0001',
      });
      await store.upsert([span], ACCOUNT);
      expect(await store.trace(span.traceId, ACCOUNT)).toEqual([span]);
      expect((await store.listTraces({ name: span.name }, { limit: 1 }, ACCOUNT)).items[0]?.name).toBe(span.name);
      expect((await store.searchSpans({ names: [span.name] }, { limit: 1 }, ACCOUNT)).items).toEqual([span]);
    });

    it('keeps the greater event and says which were written', async () => {
      const { store } = await kind.open();
      expect(await store.upsert([started()], ACCOUNT)).toEqual(['written']);
      expect(await store.upsert([started()], ACCOUNT)).toEqual(['kept']);
      expect(await store.upsert([ended()], ACCOUNT)).toEqual(['written']);
      expect(await store.upsert([started({ revision: 9 })], ACCOUNT)).toEqual(['kept']);
      expect(await store.trace(traceIdOf(1), ACCOUNT)).toEqual([ended()]);
    });

    it('takes several events of one span in one batch, of which the greatest counts', async () => {
      const { store } = await kind.open();
      const other = ended({ spanId: spanIdOf(2) });
      const answers = await store.upsert([started(), ended(), other, started({ revision: 5 }), ended()], ACCOUNT);
      expect(answers).toEqual(['kept', 'written', 'written', 'kept', 'kept']);
      expect(await store.trace(traceIdOf(1), ACCOUNT)).toEqual([ended(), other]);
    });

    it('gives the spans of a trace by start, then id', async () => {
      const { store } = await kind.open();
      const late = ended({ spanId: spanIdOf(1), startTime: NOON + 5 });
      const b = ended({ spanId: 'b'.repeat(16) });
      const a = ended({ spanId: 'a'.repeat(16) });
      await store.upsert([late, b, a], ACCOUNT);
      expect((await store.trace(traceIdOf(1), ACCOUNT)).map(({ spanId }) => spanId)).toEqual([a.spanId, b.spanId, late.spanId]);
    });

    it('reads a large trace whole and in order', async () => {
      const { store } = await kind.open();
      const spans = traceOfSpans(1, 2_600).map((span, index) => ({ ...span, spanId: spanIdOf(((index * 7_919) % 2_609) + 1) }));
      await store.upsert(spans, ACCOUNT);
      expect(await store.trace(traceIdOf(1), ACCOUNT)).toEqual(spans);
    });

    it('summarizes a trace', async () => {
      const { store } = await kind.open();
      const child = started({
        spanId: spanIdOf(2),
        parentId: spanIdOf(1),
        name: 'activity',
        startTime: NOON - 5,
        attributes: {},
      });
      await store.upsert([child], ACCOUNT);
      const summary = async (): Promise<unknown> => (await store.listTraces({}, { limit: 2 }, ACCOUNT)).items;
      const counts = { spanCount: 1, openCount: 1, errorCount: 0 };
      const common = { traceId: traceIdOf(1), serviceName: 'orders', startTime: NOON - 5 };
      expect(await summary()).toEqual([{ ...common, ...counts, name: 'activity', status: 'RUNNING' }]);
      await store.upsert([started()], ACCOUNT);
      const root = { name: 'workflow order', workflowId: 'order-1' };
      expect(await summary()).toEqual([{ ...common, ...root, ...counts, status: 'RUNNING', spanCount: 2, openCount: 2 }]);
      await store.upsert([{ ...child, endTime: NOON + 9_000_000, status: 'ERROR' }, ended({ status: 'TIMED_OUT' })], ACCOUNT);
      const closed = { status: 'TIMED_OUT', spanCount: 2, openCount: 0, errorCount: 2, endTime: NOON + 9_000_000 };
      expect(await summary()).toEqual([{ ...common, ...root, ...closed }]);
      // The record says something else than the code that ran: an earlier end, another start, no workflow.
      const recorded = { ...child, source: 'recorded' as const, startTime: NOON + 1, endTime: NOON + 2, status: 'OK' as const };
      await store.upsert([recorded], ACCOUNT);
      const end = { startTime: NOON, endTime: NOON + 1_000_000, errorCount: 1 };
      expect(await summary()).toEqual([{ ...common, ...root, ...closed, ...end }]);
    });

    it('ends a trace no sooner than it starts, and keeps an end before the start as it came', async () => {
      const { store } = await kind.open();
      const span = ended({ endTime: NOON - 1_000 });
      await store.upsert([span], ACCOUNT);
      expect(await store.trace(span.traceId, ACCOUNT)).toEqual([span]);
      expect((await store.listTraces({}, { limit: 1 }, ACCOUNT)).items[0]?.endTime).toBe(NOON);
      expect((await store.searchSpans({ durationAtMost: 0 }, { limit: 1 }, ACCOUNT)).items).toEqual([span]);
    });

    it('shows one account nothing of another, whose trace and span ids may be the same', async () => {
      const { store } = await kind.open();
      const mine = ended();
      const theirs = ended({ name: 'theirs' });
      await store.upsert([mine], ACCOUNT);
      expect(await store.upsert([theirs], OTHER_ACCOUNT)).toEqual(['written']);
      for (const [scope, span] of [
        [ACCOUNT, mine],
        [OTHER_ACCOUNT, theirs],
      ] as const) {
        expect(await store.trace(span.traceId, scope)).toEqual([span]);
        expect((await store.listTraces({}, { limit: 9 }, scope)).items.map(({ name }) => name)).toEqual([span.name]);
        expect((await store.listTraces({ workflowId: 'order-1' }, { limit: 9 }, scope)).items).toHaveLength(1);
        expect((await store.searchSpans({ spanIds: [span.spanId] }, { limit: 9 }, scope)).items).toEqual([span]);
        expect((await store.changes({ after: 0, limit: 9 }, scope)).map((change) => change.span)).toEqual([span]);
      }
      expect(await store.trace(mine.traceId, { accountId: 'account' })).toEqual([]);
    });

    it('takes ids with SQL in them as data', async () => {
      const { store } = await kind.open();
      const nasty = `'; drop table spans; -- " \\ % _ $1 ?1 \0`;
      const span = ended({
        name: nasty,
        type: nasty,
        attributes: { 'temporal.workflow.id': nasty },
        resource: { 'service.name': nasty },
      });
      const scope = { accountId: nasty };
      await store.upsert([span], scope);
      expect(await store.trace(span.traceId, scope)).toEqual([span]);
      expect(await store.trace(nasty, scope)).toEqual([]);
      const filter = { workflowId: nasty, name: nasty, serviceName: nasty };
      expect((await store.listTraces(filter, { limit: 2 }, scope)).items).toHaveLength(1);
      expect((await store.listTraces({ ...filter, name: '%' }, { limit: 2 }, scope)).items).toEqual([]);
      expect((await store.searchSpans({ names: [nasty], types: [nasty] }, { limit: 2 }, scope)).items).toEqual([span]);
      expect(
        (await store.searchSpans({ traceIds: [nasty], spanIds: [nasty], parentIds: [nasty] }, { limit: 2 }, scope)).items,
      ).toEqual([]);
      expect(await store.changes({ after: 0, limit: 2, traceId: nasty }, scope)).toEqual([]);
    });

    it('tells names apart that are longer than an index takes', async () => {
      const { store } = await kind.open();
      const long = 'é'.repeat(20_000);
      const one = ended({ name: `${long}1` });
      const other = ended({ name: `${long}2`, traceId: traceIdOf(2) });
      await store.upsert([one, other], ACCOUNT);
      const { items } = await store.listTraces({ name: other.name }, { limit: 2 }, ACCOUNT);
      expect(items.map(({ traceId }) => traceId)).toEqual([other.traceId]);
      expect((await store.searchSpans({ names: [one.name] }, { limit: 2 }, ACCOUNT)).items).toEqual([one]);
    });

    it('tells every change once, in order, of a span that changed twice the last', async () => {
      const { store } = await kind.open();
      const other = ended({ spanId: spanIdOf(2), traceId: traceIdOf(2) });
      await store.upsert([started(), other], ACCOUNT);
      const first = await store.changes({ after: 0, limit: 10 }, ACCOUNT);
      expect(first.map(({ span }) => span)).toEqual([started(), other]);
      await store.upsert([ended()], ACCOUNT);
      await store.upsert([started()], ACCOUNT);
      const seen = first.at(-1)?.sequence as number;
      const second = await store.changes({ after: seen, limit: 10 }, ACCOUNT);
      expect(second.map(({ span }) => span)).toEqual([ended()]);
      expect(second[0]?.sequence).toBeGreaterThan(seen);
      expect(await store.lastSequence(ACCOUNT)).toBe(second[0]?.sequence);
      expect((await store.changes({ after: 0, limit: 10 }, ACCOUNT)).map(({ span }) => span)).toEqual([other, ended()]);
      expect((await store.changes({ after: 0, limit: 1 }, ACCOUNT)).map(({ span }) => span)).toEqual([other]);
      const ofTrace = await store.changes({ after: 0, limit: 10, traceId: traceIdOf(1) }, ACCOUNT);
      expect(ofTrace.map(({ span }) => span)).toEqual([ended()]);
    });

    it('keeps nothing of a batch that it cannot write', async () => {
      const { store } = await kind.open();
      const unwritable = { ...ended({ spanId: spanIdOf(2) }), attributes: undefined as never, resource: undefined as never };
      await expect(store.upsert([ended(), unwritable], ACCOUNT)).rejects.toThrow();
      expect(await store.trace(traceIdOf(1), ACCOUNT)).toEqual([]);
      expect(await store.upsert([ended()], ACCOUNT)).toEqual(['written']);
    });

    it('is the same to every process that opens it', async () => {
      const { store, another } = await kind.open();
      const other = await another();
      await store.upsert([started()], ACCOUNT);
      await other.upsert([ended()], ACCOUNT);
      expect(canonicalJson(await store.trace(traceIdOf(1), ACCOUNT))).toBe(canonicalJson([ended()]));
      expect(await store.lastSequence(ACCOUNT)).toBe(await other.lastSequence(ACCOUNT));
    });

    it('refuses every call once it is closed', async () => {
      const { store } = await kind.open();
      await store.close();
      await store.close();
      const closed = expect.objectContaining({ name: 'SpanStoreError', code: 'CLOSED' }) as unknown;
      await expect(store.upsert([ended()], ACCOUNT)).rejects.toEqual(closed);
      await expect(store.trace(traceIdOf(1), ACCOUNT)).rejects.toEqual(closed);
      await expect(store.listTraces({}, { limit: 1 }, ACCOUNT)).rejects.toEqual(closed);
      await expect(store.searchSpans({}, { limit: 1 }, ACCOUNT)).rejects.toEqual(closed);
      await expect(store.changes({ after: 0, limit: 1 }, ACCOUNT)).rejects.toEqual(closed);
      await expect(store.lastSequence(ACCOUNT)).rejects.toEqual(closed);
      await expect(store.prune({ endedBefore: NOON })).rejects.toEqual(closed);
      await expect(store.hasWorkflow('w', ACCOUNT)).rejects.toEqual(closed);
    });
  });
}
