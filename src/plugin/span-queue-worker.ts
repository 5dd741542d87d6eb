import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { WarningLogger } from '../activities/span-pipeline.js';

/** What a worker for span batches alone is made of. */
export interface SpanQueue {
  readonly taskQueue: string;
  readonly namespace: string | undefined;
  readonly connection: NativeConnection | undefined;
  readonly identity: string | undefined;
  readonly dataConverter: WorkerOptions['dataConverter'];
}

/**
 * The workers that take remote span batches from queues of their own, one a queue: two workers for the same tasks cannot share a connection.
 *
 * They exist where a worker has no activities of the user's: ours there would make it poll for the user's activities, and fail them.
 */
export class SpanQueueWorkers {
  constructor(private readonly logger: WarningLogger) {}

  private readonly running = new Map<string, { users: number; readonly worker: Promise<Worker>; readonly done: Promise<void> }>();

  /** Keeps a worker on `queue` while `work` runs. */
  async during(queue: SpanQueue, activities: object, work: () => Promise<void>): Promise<void> {
    const key = JSON.stringify([queue.namespace ?? 'default', queue.taskQueue]);
    const entry = this.running.get(key) ?? this.start(key, queue, activities);
    entry.users += 1;
    try {
      await work();
    } finally {
      entry.users -= 1;
      if (entry.users === 0) {
        this.running.delete(key);
        await this.stop(entry, queue.taskQueue);
      }
    }
  }

  private async stop(
    entry: { readonly worker: Promise<Worker>; readonly done: Promise<void> },
    taskQueue: string,
  ): Promise<void> {
    try {
      const worker = await entry.worker;
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await entry.done;
    } catch (error) {
      // The user's worker has done its work; that spans could not be taken from this queue is no failure of it.
      this.logger.warn(`everspan: the worker of span queue ${taskQueue} failed: ${String(error)}`);
    }
  }

  private start(key: string, queue: SpanQueue, activities: object) {
    const worker = Worker.create({
      taskQueue: queue.taskQueue,
      activities,
      maxConcurrentActivityTaskExecutions: 8,
      ...(queue.namespace === undefined ? {} : { namespace: queue.namespace }),
      ...(queue.connection === undefined ? {} : { connection: queue.connection }),
      ...(queue.identity === undefined ? {} : { identity: queue.identity }),
      ...(queue.dataConverter === undefined ? {} : { dataConverter: queue.dataConverter }),
      // No plugins: this worker is ours alone, and its connection is configured already.
      plugins: [],
    });
    const entry = { users: 0, worker, done: worker.then((created) => created.run()) };
    // Its failure must not become an unhandled rejection while the user's worker still runs; `during` meets it at the end.
    entry.done.catch(() => {});
    this.running.set(key, entry);
    return entry;
  }
}
