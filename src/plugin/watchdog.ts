import { ScheduleClient, ScheduleNotFoundError } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import type { SpanPipeline, WarningLogger } from '../activities/span-pipeline.js';
import { createSweepActivity } from '../watchdog/sweep-activity.js';
import { WATCHDOG_QUEUE, WATCHDOG_SCHEDULE_ID } from '../wire/watchdog.js';
import { queueBeside } from './configure-worker.js';
import type { ResolvedOptions } from './plugin-options.js';
import type { SpanQueueWorkers } from './span-queue-worker.js';
import { watchdogBundle } from './watchdog-bundle.js';

/** The watchdog's part in a process: runs sweeps where the plugin was told to, and says where nobody has made a schedule. */
export class PluginWatchdog {
  private readonly lookedAt = new Set<string>();

  constructor(
    private readonly options: ResolvedOptions,
    private readonly pipeline: SpanPipeline,
    private readonly workers: SpanQueueWorkers,
    private readonly logger: WarningLogger,
  ) {}

  /** Keeps a worker for sweeps beside the worker of these options, while `work` runs. */
  async during(worker: WorkerOptions, work: () => Promise<void>): Promise<void> {
    void this.lookForSchedule(worker);
    const { watchdog = false, openSpans, operations, sampleRatio } = this.options;
    if (watchdog === false) return work();
    const taskQueue = (watchdog === true ? undefined : watchdog.taskQueue) ?? WATCHDOG_QUEUE;
    const ownWork = async () => ({
      activities: createSweepActivity({ pipeline: this.pipeline, openSpans, operations: operations?.store, sampleRatio }),
      workflowBundle: await watchdogBundle(),
      maxCachedWorkflows: 2,
    });
    return this.workers.during(queueBeside(worker, taskQueue), ownWork, work);
  }

  // Once a namespace: somebody must close what nobody else will.
  private async lookForSchedule({ connection, namespace = 'default' }: WorkerOptions): Promise<void> {
    const { operations, openSpans, watchdog = false } = this.options;
    const isWanted = watchdog !== false || openSpans !== undefined || operations !== undefined;
    const isSeenTo = operations?.watchdog === 'elsewhere';
    if (!isWanted || isSeenTo || connection === undefined || this.lookedAt.has(namespace)) return;
    this.lookedAt.add(namespace);
    try {
      await new ScheduleClient({ connection, namespace }).getHandle(WATCHDOG_SCHEDULE_ID).describe();
    } catch (error) {
      // Not allowed to look, or not reached: that says nothing about the schedule.
      if (!(error instanceof ScheduleNotFoundError)) return;
      this.logger.warn(
        `everspan: namespace ${namespace} has no watchdog, so nobody closes the spans and operations of workflows that are terminated or time out: ` +
          'call ensureWatchdog(client), or run npx everspan watchdog ensure, or say operations.watchdog: "elsewhere"',
      );
    }
  }
}
