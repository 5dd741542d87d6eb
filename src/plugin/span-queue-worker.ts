import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { SpanActivities } from '../activities/span-activities.js';
import type { WarningLogger } from '../activities/span-pipeline.js';

/** What a worker for span batches alone is made of. */
export interface SpanQueue {
  readonly taskQueue: string;
  readonly namespace: string | undefined;
  readonly connection: NativeConnection | undefined;
  readonly identity: string | undefined;
  readonly dataConverter: WorkerOptions['dataConverter'];
}

/** How the worker of one span queue stands. */
export interface SpanQueueStats {
  readonly taskQueue: string;
  readonly namespace: string;
  /** `failed`: nobody takes remote batches from this queue in this process; the server keeps them for another worker, for an hour. */
  readonly state: 'running' | 'failed';
  /** What it failed with. */
  readonly problem?: string;
}

/** One worker, and who needs it. */
interface Entry {
  users: number;
  readonly queue: SpanQueue;
  readonly worker: Promise<Worker>;
  readonly done: Promise<void>;
  problem: string | undefined;
}

/**
 * The workers that take remote span batches from queues of their own, one a queue: two workers for the same tasks cannot share a connection.
 *
 * They exist where a worker has no activities of the user's: ours there would make it poll for the user's activities, and fail them.
 * One that fails is told of at once, and changes nothing for the user's worker.
 */
export class SpanQueueWorkers {
  private readonly logger: WarningLogger;
  private readonly running = new Map<string, Entry>();

  constructor(logger: WarningLogger) {
    this.logger = logger;
  }

  /** Keeps a worker on `queue` while `work` runs. */
  async during(queue: SpanQueue, activities: SpanActivities, work: () => Promise<void>): Promise<void> {
    const key = JSON.stringify([queue.namespace ?? 'default', queue.taskQueue]);
    const known = this.running.get(key);
    // One that failed stays failed: whoever comes now gets a new one.
    const entry = known === undefined || known.problem !== undefined ? this.start(key, queue, activities) : known;
    entry.users += 1;
    try {
      await work();
    } finally {
      entry.users -= 1;
      if (entry.users === 0) {
        if (this.running.get(key) === entry) this.running.delete(key);
        await stop(entry);
      }
    }
  }

  /** Those that are needed now. */
  stats(): SpanQueueStats[] {
    return [...this.running.values()].map(({ queue, problem }) => ({
      taskQueue: queue.taskQueue,
      namespace: queue.namespace ?? 'default',
      ...(problem === undefined ? { state: 'running' } : { state: 'failed', problem }),
    }));
  }

  private start(key: string, queue: SpanQueue, activities: SpanActivities): Entry {
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
    const done = worker.then((created) => created.run());
    const entry: Entry = { users: 0, queue, worker, done, problem: undefined };
    // At once: until the user's worker stops, batches that nobody takes from this queue would be missed without a word.
    done.catch((error: unknown) => {
      entry.problem = String(error);
      this.logger.warn(
        `everspan: the worker of span queue ${queue.taskQueue} failed: ${entry.problem}; remote span batches wait there for another one`,
      );
    });
    this.running.set(key, entry);
    return entry;
  }
}

async function stop({ worker, done }: Entry): Promise<void> {
  try {
    const created = await worker;
    if (created.getState() === 'RUNNING') created.shutdown();
    await done;
  } catch {
    // Told when it happened. The user's worker has done its work; that spans could not be taken from this queue is no failure of it.
  }
}
