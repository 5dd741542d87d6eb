import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/span/canonical-json.js';
import type { SpanChange } from '../../src/store/span-store.js';
import { ACCOUNT, OTHER_ACCOUNT, type StoreKind } from './store-harness.js';
import { ended, NOON, spanIdOf, started, traceIdOf, traceOfSpans } from './stored-spans.js';

const DEADLINE_MS = 120_000;
const WRITERS = 4;
const BATCHES_PER_WRITER = 25;

/** Changes as a reader follows them, and what age takes away. */
export function describeFollowing(kind: StoreKind): void {
  describe(`following a ${kind.name} store`, () => {
    it('misses no change while several write at once', { timeout: DEADLINE_MS }, async () => {
      const { store, another } = await kind.open();
      const reader = await another();
      const writers = await Promise.all(Array.from({ length: WRITERS }, another));
      let areWriting = true;
      const writing = Promise.all(
        writers.map(async (writer, ordinal) => {
          for (let batch = 0; batch < BATCHES_PER_WRITER; batch += 1) {
            // Of different sizes, so that they overtake each other; some spans are written by all.
            const own = traceOfSpans(ordinal * 1_000 + batch + 10, 1 + ((batch * 7 + ordinal * 13) % 40));
            const shared = ended({ traceId: traceIdOf(1), spanId: spanIdOf(batch + 1), endTime: NOON + ordinal });
            await writer.upsert([...own, shared], ACCOUNT);
          }
        }),
      ).finally(() => {
        areWriting = false;
      });
      const seen: SpanChange[] = [];
      for (let isLast = false; !isLast; ) {
        isLast = !areWriting;
        const after = seen.at(-1)?.sequence ?? 0;
        const changes = await reader.changes({ after, limit: 37 }, ACCOUNT);
        for (const change of changes) {
          expect(change.sequence).toBeGreaterThan(seen.at(-1)?.sequence ?? 0);
          seen.push(change);
        }
        if (changes.length > 0) isLast = false;
      }
      await writing;
      // The last word of each span, as the reader heard it, is what is kept.
      const heard = new Map(seen.map(({ span }) => [span.traceId + span.spanId, canonicalJson(span)]));
      const kept = (await store.changes({ after: 0, limit: 10_000 }, ACCOUNT)).map(({ span }) => span);
      expect(kept.length).toBeGreaterThan(WRITERS * BATCHES_PER_WRITER);
      expect(new Map(kept.map((span) => [span.traceId + span.spanId, canonicalJson(span)]))).toEqual(heard);
      expect(await store.lastSequence(ACCOUNT)).toBe(seen.at(-1)?.sequence);
    });

    it('prunes the traces that ended before, of all accounts, and those that stand open only when asked', async () => {
      let nowMicros = NOON;
      const { store } = await kind.open({ nowMicros: () => nowMicros });
      const old = traceOfSpans(1, 3);
      const fresh = traceOfSpans(9, 2);
      const open = [started({ traceId: traceIdOf(2) }), ended({ traceId: traceIdOf(2), spanId: spanIdOf(2) })];
      await store.upsert([...old, ...fresh, ...open], ACCOUNT);
      await store.upsert(old, OTHER_ACCOUNT);
      const lastSequence = await store.lastSequence(ACCOUNT);
      const before = fresh[0]?.startTime as number;
      const left = async (): Promise<string[]> => {
        const { items } = await store.listTraces({}, { limit: 10, order: 'oldest' }, ACCOUNT);
        return items.map(({ traceId }) => traceId);
      };

      expect(await store.prune({ endedBefore: NOON })).toEqual({ traces: 0, spans: 0 });
      expect(await store.prune({ endedBefore: before })).toEqual({ traces: 2, spans: 6 });
      expect(await left()).toEqual([traceIdOf(2), traceIdOf(9)]);
      expect(await store.trace(traceIdOf(1), ACCOUNT)).toEqual([]);
      expect(await store.trace(traceIdOf(9), ACCOUNT)).toEqual(fresh);
      expect(await store.listTraces({ workflowId: 'order-1' }, { limit: 10 }, OTHER_ACCOUNT)).toEqual({ items: [] });

      nowMicros = NOON + 5;
      await store.upsert([started({ traceId: traceIdOf(2), revision: 1 })], ACCOUNT);
      expect(await store.prune({ endedBefore: NOON + 5, includeOpen: true })).toEqual({ traces: 0, spans: 0 });
      expect(await store.prune({ endedBefore: NOON + 6, includeOpen: true })).toEqual({ traces: 1, spans: 2 });
      expect(await left()).toEqual([traceIdOf(9)]);
      expect(await store.lastSequence(ACCOUNT)).toBe(lastSequence + 1);
      // What comes late makes the trace anew.
      expect(await store.upsert(old.slice(0, 1), ACCOUNT)).toEqual(['written']);
      const again = await store.listTraces({}, { limit: 10, order: 'oldest' }, ACCOUNT);
      expect(again.items[0]).toEqual(expect.objectContaining({ traceId: traceIdOf(1), spanCount: 1 }));
    });

    it('prunes more than one step takes, also one large trace', { timeout: DEADLINE_MS }, async () => {
      const { store } = await kind.open();
      for (let ordinal = 1; ordinal <= 4; ordinal += 1) {
        await store.upsert(Array.from({ length: 150 }, (_, index) => traceOfSpans(ordinal * 1_000 + index, 2)).flat(), ACCOUNT);
      }
      await store.upsert(traceOfSpans(9, 2_500), ACCOUNT);
      expect(await store.prune({ endedBefore: Number.MAX_SAFE_INTEGER })).toEqual({ traces: 601, spans: 3_700 });
      expect(await store.searchSpans({}, { limit: 1 }, ACCOUNT)).toEqual({ items: [] });
    });

    it('writes while it prunes', { timeout: DEADLINE_MS }, async () => {
      const { store, another } = await kind.open();
      const writer = await another();
      for (let ordinal = 1; ordinal <= 20; ordinal += 1) await store.upsert(traceOfSpans(ordinal, 200), ACCOUNT);
      const late = Array.from({ length: 20 }, (_, index) => index + 100);
      const [pruned] = await Promise.all([
        store.prune({ endedBefore: NOON + 1_000 * 10_000_000 }),
        (async () => {
          for (const ordinal of late) {
            await writer.upsert(traceOfSpans(ordinal, 3, { endTime: NOON + 5_000 * 10_000_000 }), ACCOUNT);
          }
        })(),
      ]);
      expect(pruned).toEqual({ traces: 20, spans: 4_000 });
      const { items } = await store.listTraces({}, { limit: 100, order: 'oldest' }, ACCOUNT);
      expect(items.map(({ traceId }) => traceId)).toEqual(late.map(traceIdOf));
    });
  });
}
