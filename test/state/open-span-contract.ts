import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenSpanIndex, SpanRun } from '../../src/state/open-span-index.js';
import { endedSpan, openSpan } from '../helpers/spans.js';

let lastRun = 0;

function freshRun(changes: Partial<SpanRun> = {}): SpanRun {
  lastRun += 1;
  return { namespace: 'default', workflowId: `order-${lastRun}`, runId: `run-${lastRun}`, ...changes };
}

/** What every open-span index does. `another` is the same index through another client. */
export function describeOpenSpanIndex(
  name: string,
  open: () => Promise<{
    readonly index: OpenSpanIndex;
    readonly another: OpenSpanIndex;
    /** Ends the time to live of a run's open spans, as if it had passed. */
    expire(run: SpanRun): Promise<void>;
    close(): Promise<void>;
  }>,
): void {
  describe(`open-span index: ${name}`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    const index = (): OpenSpanIndex => opened.index;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    test('gives back whole what was put, and no more what was removed', async () => {
      const run = freshRun();
      const root = openSpan('root', { attributes: { text: 'ä€\n"', list: [1, 2] }, input: { deep: [null] } });
      const child = openSpan('child', { parentId: root.spanId });
      await index().put(run, [root, child]);
      expect(byId(await opened.another.spansOf(run))).toEqual(byId([root, child]));

      await index().remove(run, [child.spanId]);

      expect(await index().spansOf(run)).toEqual([root]);
      expect(await index().spansOf(freshRun())).toEqual([]);
    });

    test('a START that arrives after its END opens nothing', async () => {
      const run = freshRun();
      const span = openSpan('late');
      await index().remove(run, [span.spanId]);
      await index().put(run, [span, openSpan('other')]);

      expect(await index().spansOf(run)).toEqual([openSpan('other')]);
    });

    test('an END that is on its way takes the place of its START, until it is out', async () => {
      const run = freshRun();
      await index().put(run, [endedSpan('root')]);
      await index().put(run, [openSpan('root')]);
      expect(await index().spansOf(run)).toEqual([endedSpan('root')]);

      await index().remove(run, [endedSpan('root').spanId]);

      expect(await index().spansOf(run)).toEqual([]);
    });

    test('of two STARTs of one span the greater stays, whichever comes last', async () => {
      const run = freshRun();
      const later = openSpan('root', { revision: 3, attributes: { revised: true } });
      await index().put(run, [later]);
      await index().put(run, [openSpan('root')]);
      expect(await index().spansOf(run)).toEqual([later]);
    });

    test('a run that was forgotten has no open spans, and a START that was on its way opens none', async () => {
      const run = freshRun();
      await index().put(run, [openSpan('root'), openSpan('child')]);
      await index().forget(run);
      await index().put(run, [openSpan('child')]);

      expect(await index().spansOf(run)).toEqual([]);
      expect(await everyRun(index())).not.toContainEqual(run);
    });

    test('lists the runs that have open spans, each once, page by page', async () => {
      const odd = freshRun({ namespace: 'n/{s}', workflowId: 'a b/c:{d}%€', runId: 'r' });
      const runs = [...Array.from({ length: 7 }, () => freshRun()), odd];
      for (const run of runs) await index().put(run, [openSpan('root')]);
      const closed = freshRun();
      await index().put(closed, [openSpan('root')]);
      await index().remove(closed, [endedSpan('root').spanId]);

      const listed = await everyRun(index());

      expect(listed).toEqual(expect.arrayContaining(runs));
      expect(new Set(listed.map((run) => JSON.stringify(run))).size).toBe(listed.length);
      expect(listed).not.toContainEqual(closed);
    });

    test('a listing comes to its end, each run listed once, also when every run is renewed as it comes', async () => {
      const runs = Array.from({ length: 7 }, () => freshRun());
      for (const run of runs) await index().put(run, [openSpan('root')]);
      // A renewal in the millisecond of the last of these would not move it behind them.
      await wait(2);
      const listed: SpanRun[] = [];
      let pages = 0;
      for (let cursor: string | undefined; pages === 0 || cursor !== undefined; pages += 1) {
        expect(pages).toBeLessThan(100);
        const page = await index().runs({ limit: 2, cursor });
        for (const run of page.runs) await index().renew(run);
        listed.push(...page.runs);
        cursor = page.cursor;
      }

      expect(listed.filter(({ runId }) => runs.some((run) => run.runId === runId)).map(({ runId }) => runId)).toEqual(
        runs.map(({ runId }) => runId),
      );
      expect(await everyRun(index())).toEqual(expect.arrayContaining(runs));
    });

    test('a run that opens a span again while it is taken off the list stays on it', async () => {
      const run = freshRun();
      await index().put(run, [openSpan('first')]);
      await Promise.all([
        index().remove(run, [openSpan('first').spanId]),
        opened.another.put(run, [openSpan('second')]),
        index().remove(run, [openSpan('first').spanId]),
      ]);

      expect(await everyRun(index())).toContainEqual(run);
      expect(await index().spansOf(run)).toEqual([openSpan('second')]);
    });

    test('what nobody renews is gone after its time, from the list too', async () => {
      const run = freshRun();
      await index().put(run, [openSpan('root')]);
      await index().renew(run);
      expect(await index().spansOf(run)).toHaveLength(1);
      await opened.expire(run);

      expect(await index().spansOf(run)).toEqual([]);
      expect(await everyRun(index())).not.toContainEqual(run);
      await index().renew(run);
      expect(await everyRun(index())).not.toContainEqual(run);
    });

    test('only the last 5,000 spans that ended are remembered', async () => {
      const run = freshRun();
      const ids = Array.from({ length: 5_001 }, (_, number) => openSpan(`span-${number}`).spanId);
      await index().remove(run, [ids[0] as string]);
      // What ends in one millisecond is remembered in no order.
      await wait(2);
      await index().remove(run, ids.slice(1));
      await index().put(run, [openSpan('span-0'), openSpan('span-5000')]);

      expect(await index().spansOf(run)).toEqual([openSpan('span-0')]);
    });
  });
}

async function everyRun(index: OpenSpanIndex): Promise<SpanRun[]> {
  const runs: SpanRun[] = [];
  let cursor: string | undefined;
  do {
    const page = await index.runs({ limit: 2, cursor });
    runs.push(...page.runs);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return runs;
}

function byId<T extends { readonly spanId: string }>(spans: readonly T[]): T[] {
  return [...spans].sort((a, b) => (a.spanId < b.spanId ? -1 : 1));
}
