import type { KilledProcess } from './task-holds.js';
import { WorkerProcess, type WorkerProcessOptions } from './worker-process.js';

/** Worker processes of one task queue; one that is killed is replaced. */
export class Fleet {
  readonly killed: KilledProcess[] = [];
  private readonly workers: WorkerProcess[] = [];

  constructor(private readonly options: WorkerProcessOptions) {}

  /** Starts one more. */
  async add(): Promise<WorkerProcess> {
    const worker = await WorkerProcess.start(this.options);
    this.workers.push(worker);
    return worker;
  }

  /** Kills the worker of that process, in this very tick. Answers the one in its place, once that polls. */
  async kill(pid: number): Promise<WorkerProcess> {
    const worker = this.workers.find((candidate) => candidate.pid === pid);
    if (worker === undefined || !worker.isRunning) throw new TypeError(`no worker runs as process ${pid}`);
    const gone = worker.kill();
    this.killed.push({ pid, atMs: Date.now() });
    await gone;
    return this.add();
  }

  isRunning(pid: number): boolean {
    return this.workers.some((worker) => worker.pid === pid && worker.isRunning);
  }

  /** Shuts all of them down; what they send in the background is out then. */
  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }
}
