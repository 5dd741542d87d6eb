import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a worker process is started with. */
export interface WorkerProcessOptions {
  readonly address: string;
  readonly taskQueue: string;
  readonly bundlePath: string;
  readonly sgpUrl: string;
  readonly redisUrl: string;
  /** Worker options over the suite's own. */
  readonly worker?: { readonly maxCachedWorkflows?: number };
}

const MAIN = fileURLToPath(new URL('./worker-main.mjs', import.meta.url));

/** A worker in a process of its own, which ends with this one at the latest. */
export class WorkerProcess {
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;
  private errors = '';

  private constructor(options: WorkerProcessOptions) {
    this.child = spawn(process.execPath, [MAIN, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.exited = once(this.child, 'exit');
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString();
    });
  }

  /** A worker that polls. */
  static async start(options: WorkerProcessOptions): Promise<WorkerProcess> {
    const started = new WorkerProcess(options);
    const { stdout } = started.child;
    if (stdout === null) throw new TypeError('no standard output');
    await Promise.race([once(stdout, 'data'), started.exited]);
    if (!started.isRunning) throw new TypeError(`a worker ended before it polled:\n${started.errors}`);
    return started;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** SIGKILL, at once. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** Shuts the worker down as a deployment does. What it wrote to standard error. */
  async stop(): Promise<string> {
    if (this.isRunning) this.child.kill('SIGTERM');
    await this.exited;
    return this.errors;
  }
}
