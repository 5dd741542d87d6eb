import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { WarningLogger } from '../activities/span-pipeline.js';

/** Where a worker of the plugin's own takes its tasks: for span batches alone, or for the watchdog. */
export interface SpanQueue {
  readonly taskQueue: string;
  readonly namespace: string | undefined;
  readonly connection: NativeConnection | undefined;
  readonly identity: string | undefined;
  readonly dataConverter: WorkerOptions['dataConverter'];
}

/** What such a worker runs. */
export type OwnWork = Pick<WorkerOptions, 'activities' | 'workflowBundle' | 'maxCachedWorkflows'>;

/**
 * The workers of the plugin's own, one a queue: two workers for the same tasks cannot share a connection.
 *
 * One takes remote span batches where a worker has no activities of the user's: ours there would make it poll for the user's activities, and fail
 * them. Another runs the watchdog, without touching the user's bundle.
 */
export class SpanQueueWorkers {
  constructor(private readonly logger: WarningLogger) {}

  private readonly running = new Map<string, { users: number; readonly worker: Promise<Worker>; readonly done: Promise<void> }>();

  /** Keeps a worker on `queue` while `work` runs. */
  async during(queue: SpanQueue, ownWork: () => Promise<OwnWork>, work: () => Promise<void>): Promise<void> {
    const key = JSON.stringify([queue.namespace ?? 'default', queue.taskQueue]);
    const entry = this.running.get(key) ?? this.start(key, queue, ownWork);
    entry.users += 1;
    try {
      await work();
    } finally {
      entry.users -= 1;
      if (entry.users === 0) {
        this.running.delete(key);
        await this.stop(entry);
      }
    }
  }

  private async stop(entry: { readonly worker: Promise<Worker>; readonly done: Promise<void> }): Promise<void> {
    try {
      const worker = await entry.worker;
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await entry.done;
    } catch {
      // It was told of when it failed. The user's worker has done its work; that this queue was not served is no failure of it.
    }
  }

  private start(key: string, queue: SpanQueue, ownWork: () => Promise<OwnWork>) {
    const worker = ownWork().then((ours) =>
      Worker.create({
        taskQueue: queue.taskQueue,
        ...ours,
        maxConcurrentActivityTaskExecutions: 8,
        ...(queue.namespace === undefined ? {} : { namespace: queue.namespace }),
        ...(queue.connection === undefined ? {} : { connection: queue.connection }),
        ...(queue.identity === undefined ? {} : { identity: queue.identity }),
        ...(queue.dataConverter === undefined ? {} : { dataConverter: queue.dataConverter }),
        // No plugins: this worker is ours alone, and its connection is configured already.
        plugins: [],
      }),
    );
    const entry = { users: 0, worker, done: worker.then((created) => created.run()) };
    // Said at once: the user's worker may run for weeks before `during` meets it at the end.
    entry.done.catch((error: unknown) => {
      this.logger.warn(`everspan: the worker of task queue ${queue.taskQueue} does not run: ${String(error)}`);
    });
    this.running.set(key, entry);
    return entry;
  }
}
