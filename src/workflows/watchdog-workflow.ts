import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { isObject } from '../span/validate-span.js';
import { WATCHDOG_SWEEP, type SweepReport, type SweepRequest, type SweepSettings } from '../wire/watchdog.js';

const activities = proxyActivities<Record<typeof WATCHDOG_SWEEP, (request: SweepRequest) => Promise<SweepReport>>>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '1 minute',
  // Each attempt goes on where the one before heartbeat last. What five do not manage, the schedule's next run tries.
  retry: { initialInterval: '5 seconds', maximumInterval: '1 minute', maximumAttempts: 5 },
});

/** One sweep, from where the schedule's last one that succeeded has come to. */
export async function everspanWatchdog(settings: SweepSettings = {}): Promise<SweepReport> {
  const after = markOf(workflowInfo().lastResult);
  return activities[WATCHDOG_SWEEP]({ settings, ...(after === undefined ? {} : { after }) });
}

// Written by whichever version ran last.
function markOf(lastResult: unknown): SweepReport['mark'] | undefined {
  if (!isObject(lastResult) || lastResult['v'] !== 1 || !isObject(lastResult['mark'])) return undefined;
  const { closedUntilMs, fullPassAtMs } = lastResult['mark'];
  return typeof closedUntilMs === 'number' && typeof fullPassAtMs === 'number' ? { closedUntilMs, fullPassAtMs } : undefined;
}
