import { basename, dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EverspanPlugin } from 'everspan';
import { JsonlProcessor, SgpProcessor } from 'everspan/processors';

const SETTLE_MS_MAX = 15_000;
const LOOK_EVERY_MS = 100;

/**
 * Everspan with the variant's options, all others as they come.
 *
 * @param {import('./tracing.mjs').TracingOptions} options
 * @returns {import('./tracing.mjs').Tracing}
 */
export function createEverspanTracing({ variant, rowsPath, spanServerUrl }) {
  const plugin = new EverspanPlugin({
    processors: [
      spanServerUrl === undefined
        ? new JsonlProcessor({ folder: dirname(rowsPath), fileName: basename(rowsPath) })
        : new SgpProcessor({ apiKey: 'bench', accountId: 'bench', baseUrl: spanServerUrl }),
    ],
    serviceName: 'bench',
    ...(variant.delivery === undefined ? {} : { delivery: variant.delivery }),
    ...(variant.closing === undefined ? {} : { closing: variant.closing }),
  });
  return {
    plugins: [plugin],
    activities: {},
    settle: () => untilIdle(plugin),
    close: () => plugin.shutdown(),
  };
}

/**
 * Until nothing waits in the background and the breaker is closed, at two looks in a row.
 *
 * @param {EverspanPlugin} plugin
 */
async function untilIdle(plugin) {
  const startedMs = performance.now();
  let isIdle = false;
  let delivered = plugin.stats().delivered;
  while (performance.now() - startedMs < SETTLE_MS_MAX) {
    await wait(LOOK_EVERY_MS);
    const stats = plugin.stats();
    const isIdleNow =
      stats.delivered === delivered &&
      stats.processors.every(({ queuedSpans, breaker }) => queuedSpans === 0 && breaker === 'closed');
    if (isIdle && isIdleNow) return;
    isIdle = isIdleNow;
    delivered = stats.delivered;
  }
}
