import type { SgpRow } from '../helpers/sgp-server.mjs';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import { SgpProcessor } from '../../src/processors/sgp-processor.js';
import { RedisOpenSpanIndex } from '../../src/state/redis-open-span-index.js';
import { sweep } from '../../src/watchdog/sweep.js';
import type { SweepReport } from '../../src/wire/watchdog.js';
import { isClosed } from './compare-rows.js';
import type { Scenario } from './scenario.js';

/** Sweeps once, after the workers of a scenario are gone; what it said, and the rows that are open all the same. */
export async function sweepRows({ client, sgp, redisUrl }: Scenario): Promise<{ report: SweepReport; open: readonly SgpRow[] }> {
  const processor = new SgpProcessor({ apiKey: 'key', accountId: 'account', baseUrl: sgp.url });
  const pipeline = new SpanPipeline({ processors: [processor] });
  const openSpans = new RedisOpenSpanIndex({ url: redisUrl });
  try {
    const report = await sweep({ client, pipeline, openSpans, onOrphan: () => {} }, { settings: { graceMs: 0 } });
    return { report, open: sgp.rows().filter((row) => !isClosed(row)) };
  } finally {
    await pipeline.shutdown(5_000);
    await openSpans.close();
  }
}
