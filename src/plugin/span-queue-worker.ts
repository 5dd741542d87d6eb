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

/** How the worker of one queue stands. */
export interface SpanQueueStats {
  readonly taskQueue: string;
  readonly namespace: string;
  /** `failed`: nobody in this process takes tasks from this queue; the server keeps them for another worker. */
  readonly state: 'running' | 'failed';
  /** What it failed with. */
  readonly problem?: string;
}

/** One worker, and how many need it. */
interface Entry {
  users: number;
  readonly queue: SpanQueue;
  readonly worker: Promise<Worker>;
  readonly done: Promise<void>;
  problem: string | undefined;
}

/**
 * The workers of the plugin's own, one a queue: two workers for the same tasks cannot share a connection.
 *
 * One takes remote span batches where a worker has no activities of the user's: ours there would make it poll for the user's activities, and fail
 * them. Another runs the watchdog, without touching the user's bundle. One that fails is told of at once, and changes nothing for the
 * user's worker.
 */
export class SpanQueueWorkers {
  private readonly logger: WarningLogger;
  private readonly running = new Map<string, Entry>();

  constructor(logger: WarningLogger) {
    this.logger = logger;
  }

  /** Keeps a worker on `queue` while `work` runs. */
  async during(queue: SpanQueue, ownWork: () => Promise<OwnWork>, work: () => Promise<void>): Promise<void> {
    const key = JSON.stringify([queue.namespace ?? 'default', queue.taskQueue]);
    const known = this.running.get(key);
    // One that failed stays failed: whoever comes now gets a new one.
    const entry = known === undefined || known.problem !== undefined ? this.start(key, queue, ownWork) : known;
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

  private start(key: string, queue: SpanQueue, ownWork: () => Promise<OwnWork>): Entry {
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
    const done = worker.then((created) => created.run());
    const entry: Entry = { users: 0, queue, worker, done, problem: undefined };
    // Said at once: the user's worker may run for weeks before `during` meets it at the end.
    done.catch((error: unknown) => {
      entry.problem = String(error);
      this.logger.warn(`everspan: the worker of task queue ${queue.taskQueue} does not run: ${entry.problem}`);
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
    // It was told of when it failed. The user's worker has done its work; that this queue was not served is no failure of it.
  }
}
