import type { WorkerOptions } from '@temporalio/worker';
import type { SpanPipeline, WarningLogger } from '../activities/span-pipeline.js';
import { createSweepActivity } from '../watchdog/sweep-activity.js';
import { WATCHDOG_QUEUE } from '../wire/watchdog.js';
import { queueBeside } from './configure-worker.js';
import type { ResolvedOptions } from './plugin-options.js';
import type { SpanQueueWorkers } from './span-queue-worker.js';
import { watchdogBundle } from './watchdog-bundle.js';
import { findWatchdogSchedule } from './watchdog-warning.js';

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

  // Where operations are driven, `warnWithoutWatchdog` says it. Once a namespace.
  private async lookForSchedule({ connection, namespace = 'default' }: WorkerOptions): Promise<void> {
    const { operations, openSpans, watchdog = false } = this.options;
    const isWanted = operations === undefined && (watchdog !== false || openSpans !== undefined);
    if (!isWanted || connection === undefined || this.lookedAt.has(namespace)) return;
    this.lookedAt.add(namespace);
    if ((await findWatchdogSchedule(connection, namespace)) !== 'missing') return;
    this.logger.warn(
      `everspan: namespace ${namespace} has no watchdog, so nobody closes the spans of workflows that are terminated or time out: ` +
        'call ensureWatchdog(client), or run "npx everspan watchdog ensure" once',
    );
  }
}
