import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/span/canonical-json.js';
import type { Span } from '../../src/span/span.js';
import { toSpanRow } from '../../src/store/span-row.js';
import type { SpanStore, StoreScope, TraceSummary } from '../../src/store/span-store.js';
import { summaryOf, traceOf, type TraceRow } from '../../src/store/trace-row.js';
import { batches, mergedSpans } from './event-batches.js';
import type { StoreKind } from './store-harness.js';

/** Deadlines against a hang. */
const DEADLINE_MS = 120_000;
const TRACES_MAX = 10;

/** The merge law as a store obeys it: any order, repeats and groupings, one writer or several. */
export function describeMergeLaw(kind: StoreKind, runs: number): void {
  describe(`merging in a ${kind.name} store`, () => {
    it('gives the bits of mergeSpan, whatever the order, the repeats and the batches', { timeout: DEADLINE_MS }, async () => {
      const { store } = await kind.open();
      let account = 0;
      await fc.assert(
        fc.asyncProperty(batches, fc.infiniteStream(fc.nat()), async (written, draws) => {
          const wanted = wantedOf(written.flat());
          const once = scopeOf((account += 1));
          for (const batch of written) await store.upsert(batch, once);
          expect(await keptOf(store, once)).toEqual(wanted);

          const again = scopeOf((account += 1));
          for (const batch of regrouped(written.flat(), draws)) await store.upsert(batch, again);
          expect(await keptOf(store, again)).toEqual(wanted);
        }),
        { numRuns: runs },
      );
    });

    it('gives the same when several write at once', { timeout: DEADLINE_MS }, async () => {
      const { store, another } = await kind.open();
      const writers = [store, await another(), await another()];
      let account = 0;
      await fc.assert(
        fc.asyncProperty(batches, fc.infiniteStream(fc.nat()), async (written, draws) => {
          const scope = scopeOf((account += 1));
          await Promise.all(
            writers.map(async (writer) => {
              for (const batch of regrouped(written.flat(), draws)) await writer.upsert(batch, scope);
            }),
          );
          expect(await keptOf(store, scope)).toEqual(wantedOf(written.flat()));
        }),
        { numRuns: Math.ceil(runs / 4) },
      );
    });

    it('says written of exactly the events that change what is kept', { timeout: DEADLINE_MS }, async () => {
      const { store } = await kind.open();
      let account = 0;
      await fc.assert(
        fc.asyncProperty(batches, async (written) => {
          const scope = scopeOf((account += 1));
          let before: readonly Span[] = [];
          for (const batch of written) {
            const answers = await store.upsert(batch, scope);
            const after = mergedSpans([...before, ...batch]);
            const known = new Set(before.map((span) => canonicalJson(span)));
            const changed = after.map((span) => canonicalJson(span)).filter((text) => !known.has(text));
            const said = batch.filter((_, index) => answers[index] === 'written').map((span) => canonicalJson(span));
            expect(said.sort()).toEqual(changed.sort());
            before = after;
          }
        }),
        { numRuns: Math.ceil(runs / 2) },
      );
    });
  });
}

/** The texts of all spans, the summaries, and which traces each workflow has. */
interface Kept {
  readonly spans: readonly string[];
  readonly summaries: readonly TraceSummary[];
  readonly workflows: Readonly<Record<string, readonly string[]>>;
}

async function keptOf(store: SpanStore, scope: StoreScope): Promise<Kept> {
  const { items } = await store.listTraces({}, { limit: TRACES_MAX, order: 'oldest' }, scope);
  const spans = await Promise.all(items.map(({ traceId }) => store.trace(traceId, scope)));
  const workflows: Record<string, readonly string[]> = {};
  for (const workflowId of ['w1', 'w2']) {
    const found = await store.listTraces({ workflowId }, { limit: TRACES_MAX, order: 'oldest' }, scope);
    workflows[workflowId] = found.items.map(({ traceId }) => traceId).sort();
  }
  return {
    spans: spans
      .flat()
      .map((span) => canonicalJson(span))
      .sort(),
    summaries: byTraceId(items),
    workflows,
  };
}

function wantedOf(all: readonly Span[]): Kept {
  const spans = mergedSpans(all);
  const traceIds = [...new Set(spans.map(({ traceId }) => traceId))];
  const workflows: Record<string, readonly string[]> = {};
  for (const workflowId of ['w1', 'w2']) {
    const own = spans.filter((span) => span.attributes['temporal.workflow.id'] === workflowId);
    workflows[workflowId] = [...new Set(own.map(({ traceId }) => traceId))].sort();
  }
  return {
    spans: spans.map((span) => canonicalJson(span)).sort(),
    summaries: byTraceId(
      traceIds.map((traceId) => {
        const own = spans.filter((span) => span.traceId === traceId);
        return summaryOf(traceId, traceOf(own.map((span) => toSpanRow(span))) as TraceRow);
      }),
    ),
    workflows,
  };
}

function byTraceId(summaries: readonly TraceSummary[]): readonly TraceSummary[] {
  return [...summaries].sort((a, b) => (a.traceId < b.traceId ? -1 : 1));
}

/** The events in another order, some of them twice, cut into batches anew. */
function regrouped(all: readonly Span[], draws: Iterator<number>): Span[][] {
  const draw = (below: number): number => (draws.next().value as number) % below;
  const shuffled = [...all, ...all.filter(() => draw(3) === 0)];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = draw(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other] as Span, shuffled[last] as Span];
  }
  const regroupedBatches: Span[][] = [];
  while (shuffled.length > 0) regroupedBatches.push(shuffled.splice(0, 1 + draw(5)));
  return regroupedBatches;
}

function scopeOf(account: number): StoreScope {
  return { accountId: `account-${account}` };
}
