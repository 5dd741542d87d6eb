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

  /** Kills the worker of that process, in this very tick. Resolves when another polls in its place. */
  async kill(pid: number): Promise<void> {
    const worker = this.workers.find((candidate) => candidate.pid === pid);
    if (worker === undefined || !worker.isRunning) throw new TypeError(`no worker runs as process ${pid}`);
    const gone = worker.kill();
    this.killed.push({ pid, atMs: Date.now() });
    await gone;
    await this.add();
  }

  isRunning(pid: number): boolean {
    return this.workers.some((worker) => worker.pid === pid && worker.isRunning);
  }

  /** Shuts all of them down; what they send in the background is out then. */
  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }
}
