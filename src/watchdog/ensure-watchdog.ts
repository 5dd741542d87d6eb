import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  ScheduleOverlapPolicy,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import { SWEEP_INTERVAL_MS } from '../operation/operation-limits.js';
import { canonicalJson } from '../span/canonical-json.js';
import { describeValue } from '../span/validate-span.js';
import type { JsonValue } from '../span/span.js';
import { type SweepSettings, WATCHDOG_QUEUE, WATCHDOG_SCHEDULE_ID, WATCHDOG_WORKFLOW } from '../wire/watchdog.js';
import { WatchdogError } from './errors.js';

/** How a namespace's watchdog works; all of it may be left out. */
export interface WatchdogOptions extends SweepSettings {
  /** Milliseconds between two sweeps. Default 300,000. */
  readonly everyMs?: number;
  /** Task queue of the workers that sweep: those with the plugin's option `watchdog`. Default `everspan-watchdog`. */
  readonly taskQueue?: string;
}

/** What `ensureWatchdog` found, or did. */
export interface EnsuredWatchdog {
  readonly scheduleId: string;
  readonly outcome: 'created' | 'updated' | 'unchanged';
  /** A schedule that somebody paused stays so. */
  readonly isPaused: boolean;
}

/** Missed sweeps are not made up for: the next one sees what they would have seen. */
const CATCH_UP_MS = 60_000;
/** A sweep that nobody takes ends, at the latest, after this. */
const WORKFLOW_TIMEOUT_MS = 21_600_000;

/**
 * Makes sure that the client's namespace has one watchdog, which works as `options` say: a Temporal Schedule, so that Temporal sees to it that one
 * sweep runs at a time. Can be called by any number of processes, as often as they like.
 *
 * @throws WatchdogError `INVALID_OPTION`; what Temporal throws.
 */
export async function ensureWatchdog(client: Pick<Client, 'schedule'>, options: WatchdogOptions = {}): Promise<EnsuredWatchdog> {
  const wanted = scheduleFor(options);
  const scheduleId = WATCHDOG_SCHEDULE_ID;
  try {
    await client.schedule.create({ scheduleId, ...wanted });
    return { scheduleId, outcome: 'created', isPaused: false };
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const schedule = client.schedule.getHandle(scheduleId);
  const found = await schedule.describe();
  const isPaused = found.state.paused;
  if (fingerprintOf(found) === fingerprintOf(wanted)) return { scheduleId, outcome: 'unchanged', isPaused };
  await schedule.update((current) => ({ ...wanted, state: current.state }));
  return { scheduleId, outcome: 'updated', isPaused };
}

type WantedSchedule = Omit<ScheduleUpdateOptions, 'state'>;

function scheduleFor({ everyMs = SWEEP_INTERVAL_MS, taskQueue = WATCHDOG_QUEUE, ...given }: WatchdogOptions): WantedSchedule {
  // The server keeps schedules to whole seconds.
  atLeast('everyMs', everyMs, 1_000);
  atLeast('graceMs', given.graceMs, 0);
  atLeast('fullPassMs', given.fullPassMs, 0);
  if (typeof taskQueue !== 'string' || taskQueue === '') {
    throw new WatchdogError(
      'INVALID_OPTION',
      `watchdog option taskQueue must be the name of a task queue, got ${describeValue(taskQueue)}`,
    );
  }
  const { graceMs, fullPassMs } = given;
  const settings: SweepSettings = {
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(fullPassMs === undefined ? {} : { fullPassMs }),
  };
  return {
    spec: { intervals: [{ every: everyMs }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP_MS },
    action: {
      type: 'startWorkflow',
      workflowType: WATCHDOG_WORKFLOW,
      workflowId: WATCHDOG_SCHEDULE_ID,
      taskQueue,
      args: [settings],
      workflowExecutionTimeout: WORKFLOW_TIMEOUT_MS,
    },
  };
}

// What we set, as the server gives it back.
function fingerprintOf({
  spec,
  policies,
  action,
}: Pick<ScheduleDescription, 'spec' | 'policies' | 'action'> | WantedSchedule): string {
  const { intervals = [], calendars = [] } = spec;
  return canonicalJson({
    every: intervals.map(({ every }) => Number(every)),
    calendars: calendars.length,
    overlap: policies?.overlap ?? '',
    catchUpMs: Number(policies?.catchupWindow),
    workflowType: typeof action.workflowType === 'string' ? action.workflowType : '',
    taskQueue: action.taskQueue,
    args: (action.args ?? []) as unknown as JsonValue,
    timeoutMs: Number(action.workflowExecutionTimeout),
  });
}

function atLeast(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isFinite(value) && value >= least)) return;
  throw new WatchdogError(
    'INVALID_OPTION',
    `watchdog option ${name} must be a number from ${least}, got ${describeValue(value)}`,
  );
}
