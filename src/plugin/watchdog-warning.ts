import { Client, ScheduleNotFoundError } from '@temporalio/client';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import type { WarningLogger } from '../activities/span-pipeline.js';
import { WATCHDOG_SCHEDULE_ID } from '../wire/watchdog.js';
import type { OperationsOptions } from './plugin-options.js';

/** Whether a namespace has a watchdog; `unknown` where the server would not say. Never rejects. */
export type FindWatchdog = (connection: NativeConnection, namespace: string) => Promise<'found' | 'missing' | 'unknown'>;

/** Looks for the schedule. */
export const findWatchdogSchedule: FindWatchdog = async (connection, namespace) => {
  try {
    await new Client({ connection, namespace }).schedule.getHandle(WATCHDOG_SCHEDULE_ID).describe();
    return 'found';
  } catch (error) {
    // A server without schedules, or a key that may not read them: no reason to warn of what may be there.
    return error instanceof ScheduleNotFoundError ? 'missing' : 'unknown';
  }
};

/**
 * Warns where a worker drives operations in a namespace without a watchdog: then nobody closes an operation whose owner has died. Never rejects, and holds
 * nobody up.
 */
export async function warnWithoutWatchdog(
  operations: OperationsOptions | undefined,
  worker: Pick<WorkerOptions, 'connection' | 'namespace' | 'taskQueue'>,
  logger: WarningLogger,
  find: FindWatchdog = findWatchdogSchedule,
): Promise<void> {
  const { connection, namespace = 'default', taskQueue } = worker;
  // Without a connection of its own a worker makes one for itself, which nobody else sees.
  if (operations === undefined || operations.watchdog === 'elsewhere' || connection === undefined) return;
  if ((await find(connection, namespace)) !== 'missing') return;
  logger.warn(
    `everspan: the worker of task queue ${taskQueue} drives operations, but namespace ${namespace} has no watchdog, so nobody closes those whose owner ` +
      `dies: run "npx everspan watchdog ensure" once, or set operations.watchdog to 'elsewhere' where something else sees to it`,
  );
}
