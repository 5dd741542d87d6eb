import { setTimeout as delay } from 'node:timers/promises';
import { SpanPipeline } from '../activities/span-pipeline.js';
import { defaultProcessors } from '../plugin/default-processors.js';
import { WatchdogError } from '../watchdog/errors.js';
import { sweep } from '../watchdog/sweep.js';
import type { SweepParts } from '../watchdog/sweep-parts.js';
import type { SweepMark, SweepReport } from '../wire/watchdog.js';
import type { CliIo } from './cli-io.js';
import { CliError } from './errors.js';
import { type RedisOptions, redisUrl, withStores } from './operation-store-options.js';
import { type TemporalOptions, withTemporal } from './temporal-options.js';

export interface RunOptions extends TemporalOptions, RedisOptions {
  readonly format: 'text' | 'json';
  readonly every?: number;
  readonly grace?: number;
}

const SHUTDOWN_MS_MAX = 10_000;

/** `everspan watchdog run`. */
export async function runSweeps(options: RunOptions, io: CliIo): Promise<void> {
  const logger = { warn: (message: string) => void io.stderr.write(`${message}\n`) };
  await withTemporal(options, io, async (client) => {
    const pipeline = new SpanPipeline({ processors: defaultProcessors(io.env, logger), logger });
    const onOrphan: SweepParts['onOrphan'] = (orphan) => logger.warn(`trace_orphaned ${JSON.stringify(orphan)}`);
    const parts = { client, pipeline, onOrphan };
    try {
      if (redisUrl(options, io) === undefined) {
        logger.warn('everspan: no Redis is named, so only root spans of workflows that were terminated or timed out are closed');
        await repeatSweeps(parts, options, io);
      } else {
        await withStores(options, io, (stores) => repeatSweeps({ ...parts, ...stores }, options, io));
      }
    } finally {
      await pipeline.shutdown(SHUTDOWN_MS_MAX);
    }
  });
}

async function repeatSweeps(parts: SweepParts, options: RunOptions, io: CliIo): Promise<void> {
  const { grace, every } = options;
  const settings = grace === undefined ? {} : { graceMs: grace };
  const signal = io.interruption();
  let after: SweepMark | undefined;
  for (;;) {
    try {
      const report = await sweep(parts, { settings, ...(after === undefined ? {} : { after }) }, { signal });
      after = report.mark;
      await io.stdout.write(options.format === 'json' ? `${JSON.stringify(report)}\n` : `${sentenceOf(report)}\n`);
      if (every === undefined) return;
    } catch (error) {
      if (signal.aborted) break;
      if (every === undefined) throw error instanceof WatchdogError ? unanswered(error) : error;
      // The next sweep begins where this one did.
      await io.stderr.write(`everspan: ${error instanceof Error ? error.message : String(error)}\n`);
    }
    if (await wasInterrupted(every, signal)) break;
  }
  throw new CliError('INTERRUPTED', 'stopped');
}

function unanswered(error: WatchdogError): CliError {
  return new CliError(error.code === 'NAMESPACE_UNANSWERED' ? 'UNREACHABLE' : 'USAGE', error.message, { cause: error });
}

async function wasInterrupted(waitMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(waitMs, undefined, { signal });
    return false;
  } catch {
    // The only reason for which a wait fails.
    return true;
  }
}

function sentenceOf(report: SweepReport): string {
  const parts = [
    `${report.spansClosed} spans of ${report.runsClosed} runs closed`,
    `${report.runsAlive} runs alive`,
    ...(report.hasOperations ? [`${report.operationsOrphaned} operations orphaned, ${report.operationsRenewed} renewed`] : []),
    ...(report.runsWaiting + report.operationsWaiting > 0
      ? [`${report.runsWaiting + report.operationsWaiting} closed too short a time ago`]
      : []),
    ...(report.runsUnanswered + report.operationsUnanswered > 0
      ? [`${report.runsUnanswered + report.operationsUnanswered} without an answer`]
      : []),
    ...(report.spansUndelivered > 0 ? [`${report.spansUndelivered} spans not taken by a processor`] : []),
    ...(report.reach === 'roots' ? ['root spans only: there is no open-span index'] : []),
  ];
  return parts.join('; ');
}
