import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CollectorClient } from '../../../src/client/collector-client.js';
import { sgpItem } from '../../../src/processors/sgp-item.js';
import type { Span } from '../../../src/span/span.js';
import { closedSpan, openSpan, spanIdOf } from '../../processors/sample-span.js';
import { type Child, startNode } from '../../processors/child-process.js';
import { ask, jsonBody } from '../running-collector.js';

const MAIN = fileURLToPath(new URL('./collector-main.mjs', import.meta.url));
const BATCH = 50;
const SENDERS = 4;

/** Where the spans of a collector are kept. */
export interface KeptIn {
  /** As `openSpanStore` takes it. */
  readonly store: string;
  /** Of PostgreSQL. */
  readonly schema?: string;
}

async function startChild(keptIn: KeptIn, port = 0): Promise<{ url: string; port: number; child: Child }> {
  const child = startNode([MAIN, JSON.stringify({ ...keptIn, port })]);
  const url = await child.nextLine();
  return { url, port: Number(new URL(url).port), child };
}

/** Spans of a sender's nth batch, in a trace of the sender. */
function batchOf(sender: number, ordinal: number, make: (changes: Partial<Span>) => Span): Span[] {
  const traceId = String(sender + 1).repeat(32);
  return Array.from({ length: BATCH }, (_, index) => make({ traceId, spanId: spanIdOf(ordinal * BATCH + index + 1) }));
}

async function put(url: string, spans: readonly Span[]): Promise<boolean> {
  const items = spans.map((span) => JSON.parse(sgpItem(span, {}).text) as unknown);
  try {
    return (await ask(`${url}/v5/spans/batch`, jsonBody({ items }, 'PUT'))).status === 200;
  } catch {
    // The connection broke: nothing was acknowledged.
    return false;
  }
}

/** What a collector owes when its process ends, over any store: an empty one each time. */
export function describeEnds(name: string, fresh: () => KeptIn): void {
  describe(`a collector over ${name}`, () => {
    it('has everything that it acknowledged before a SIGKILL under load, nothing twice, and a reader misses nothing', async () => {
      const keptIn = fresh();
      const first = await startChild(keptIn);
      const { port } = first;
      const heard: string[] = [];
      const leave = new AbortController();
      const client = new CollectorClient({ baseUrl: first.url, accountId: 'acct-test' });
      const listening = (async () => {
        for await (const { sequence, span } of client.traces.tail({ after: 0, signal: leave.signal })) {
          heard.push(`${sequence} ${span.traceId} ${span.spanId} ${span.status}`);
        }
      })();

      const acknowledged = Array.from({ length: SENDERS }, () => 0);
      const senders = acknowledged.map(async (_, sender) => {
        for (let ordinal = 0; await put(first.url, batchOf(sender, ordinal, closedSpan)); ordinal += 1)
          acknowledged[sender] = ordinal + 1;
      });
      while (acknowledged.reduce((sum, count) => sum + count, 0) < 60) await new Promise((resolve) => setTimeout(resolve, 5));
      first.child.process.kill('SIGKILL');
      await first.child.exit();
      await Promise.all(senders);

      const second = await startChild(keptIn, port);
      for (const [sender, count] of acknowledged.entries()) {
        const { spans } = await client.traces.get(String(sender + 1).repeat(32));
        const ids = new Set(spans.map((span) => span.spanId));
        expect(ids.size).toBe(spans.length);
        const lost = Array.from({ length: count * BATCH }, (_, index) => spanIdOf(index + 1)).filter((id) => !ids.has(id));
        expect(lost).toEqual([]);
        // The batch that nobody acknowledged goes out again, and its START late.
        await put(second.url, batchOf(sender, count, closedSpan));
        await put(second.url, batchOf(sender, count, openSpan));
      }
      const expected = acknowledged.map((count) => (count + 1) * BATCH);
      const { items } = await client.traces.list();
      expect(Object.fromEntries(items.map((trace) => [trace.traceId.charAt(0), trace.spanCount]))).toEqual(
        Object.fromEntries(expected.map((count, sender) => [String(sender + 1), count])),
      );
      expect(items.every((trace) => trace.openCount === 0)).toBe(true);

      const total = expected.reduce((sum, count) => sum + count, 0);
      while (heard.length < total) await new Promise((resolve) => setTimeout(resolve, 20));
      leave.abort();
      await listening;
      expect(new Set(heard.map((line) => line.split(' ').slice(1).join(' '))).size).toBe(total);
      expect(heard).toHaveLength(total);
    });

    it('at SIGTERM answers what is under way, ends live readers, and exits with 0', async () => {
      const keptIn = fresh();
      const { url, child } = await startChild(keptIn);
      const live = await fetch(`${url}/api/v1/changes`);
      let acknowledgedCount = 0;
      const sending = (async () => {
        for (let ordinal = 0; await put(url, batchOf(0, ordinal, closedSpan)); ordinal += 1) acknowledgedCount = ordinal + 1;
      })();
      while (acknowledgedCount < 5) await new Promise((resolve) => setTimeout(resolve, 5));
      child.process.kill('SIGTERM');
      expect(await child.nextLine()).toBe('stopped');
      expect(await child.exit()).toBe(0);
      await sending;
      await live.text();
      const again = await startChild(keptIn);
      const { body } = await ask(`${again.url}/api/v1/traces/${'1'.repeat(32)}`);
      expect(body.spans.length).toBeGreaterThanOrEqual(acknowledgedCount * BATCH);
    });
  });
}
