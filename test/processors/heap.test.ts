import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished } from 'vitest';
import { FanOutProcessor } from '../../src/processors/fan-out-processor.js';
import { JsonlProcessor } from '../../src/processors/jsonl-processor.js';
import { OtelProcessor } from '../../src/processors/otel-processor.js';
import { SgpProcessor } from '../../src/processors/sgp-processor.js';
import type { SpanProcessor } from '../../src/processors/span-processor.js';
import { startSgpServerProcess } from './child-process.js';
import { openSpan, spanIdOf } from './sample-span.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const SPANS = 10_000;
const SPANS_A_BATCH = 20;
/** What the heap may grow by: a processor that kept as little as an id of each span would exceed it. */
const BYTES_A_SPAN_MAX = 50;

async function sgpProcessor(): Promise<SpanProcessor> {
  const { url } = await startSgpServerProcess({ kind: 'older', logsRequests: false });
  return new SgpProcessor({ apiKey: 'k', accountId: 'a', baseUrl: url });
}

async function jsonlProcessor(): Promise<SpanProcessor> {
  const folder = await mkdtemp(join(tmpdir(), 'everspan-heap-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return new JsonlProcessor({ folder });
}

function otelProcessor(): SpanProcessor {
  return new OtelProcessor({
    exporter: { export: (_spans, callback) => callback({ code: 0 }), shutdown: () => Promise.resolve() },
    exportOpenSpans: true,
  });
}

const PROCESSORS: Record<string, () => Promise<SpanProcessor>> = {
  SGP: sgpProcessor,
  JSONL: jsonlProcessor,
  OTel: async () => otelProcessor(),
  'fan-out': async () => new FanOutProcessor([otelProcessor(), otelProcessor()]),
};

it.each(Object.entries(PROCESSORS))(
  '10,000 STARTs without END leave the heap of %s flat',
  { timeout: 90_000 },
  async (_name, make) => {
    const processor = await make();
    // One signal for all calls, as the long-lived one of a worker: listeners left on it would be seen.
    const { signal } = new AbortController();
    let sent = 0;
    const send = async (count: number): Promise<void> => {
      for (const until = sent + count; sent < until; ) {
        const spans = Array.from({ length: SPANS_A_BATCH }, () =>
          openSpan({ spanId: spanIdOf((sent += 1)), attributes: { sent } }),
        );
        await processor.start(spans, { signal });
      }
    };
    const growthBytes: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const before = await heapBytes();
      await send(SPANS);
      growthBytes.push((await heapBytes()) - before);
    }
    await processor.shutdown();
    // Compiled code, connections and caches grow in the first rounds; what is held per span grows in each.
    expect(Math.min(...growthBytes)).toBeLessThan(SPANS * BYTES_A_SPAN_MAX);
  },
);

// What fetch drops is freed by finalizers, which run between two turns of the event loop.
async function heapBytes(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    collectGarbage();
    await setImmediate();
  }
  return process.memoryUsage().heapUsed;
}
