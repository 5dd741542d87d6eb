import { Context, log } from '@temporalio/activity';
import { WATCHDOG_SWEEP, type SweepReport, type SweepRequest } from '../wire/watchdog.js';
import { sweep } from './sweep.js';
import type { SweepParts } from './sweep-parts.js';
import { progressFrom } from './sweep-progress.js';

/** The activity by the name that it is registered under. */
export type SweepActivities = Record<typeof WATCHDOG_SWEEP, (request: SweepRequest) => Promise<SweepReport>>;

/**
 * The activity that sweeps the worker's namespace once. It heartbeats how far it has come, and its next attempt, on whichever worker, goes on
 * from there.
 */
export function createSweepActivity(parts: Omit<SweepParts, 'client' | 'onOrphan'>): SweepActivities {
  return {
    async [WATCHDOG_SWEEP](request) {
      const context = Context.current();
      const report = await sweep(
        {
          ...parts,
          client: context.client,
          onOrphan: (orphan) => void log.warn('trace_orphaned', { ...orphan }),
        },
        request,
        {
          resumed: progressFrom(context.info.heartbeatDetails),
          onProgress: (progress) => context.heartbeat(progress),
          signal: context.cancellationSignal,
        },
      );
      log.info('everspan watchdog swept', { ...report });
      return report;
    },
  };
}
