import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';

/** Every workflow of the suite is started with this. Short, so that a task of a killed worker is soon tried again. */
const TASK_TIMEOUT_MS = 5_000;

/** A workflow that was started. */
export interface StartedWorkflow {
  readonly workflowId: string;
  readonly workflowType: string;
  readonly runId: string;
}

const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = { chain: [0] };

/** Workflows that run, a bounded number at once. */
export class Load {
  readonly started: StartedWorkflow[] = [];
  readonly open = new Map<string, StartedWorkflow>();
  private finishedCount = 0;
  private waiters: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];

  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
  ) {}

  /** Starts `count` workflows, of each of the `types` in turn, at most `atOnce` open at a time; resolves when all have closed well. */
  async run({
    count,
    types,
    atOnce,
  }: {
    readonly count: number;
    readonly types: readonly string[];
    readonly atOnce: number;
  }): Promise<void> {
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < count) {
        const workflowType = types[next % types.length] ?? '';
        next += 1;
        const { workflowId } = await this.start(workflowType);
        await this.result(workflowId);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, count) }, work));
  }

  /** Starts one, and tells it what it waits for. */
  async start(workflowType: string): Promise<StartedWorkflow> {
    const workflowId = `${workflowType}-${randomUUID().slice(0, 12)}`;
    const handle = await this.client.workflow.start(workflowType, {
      workflowId,
      taskQueue: this.taskQueue,
      workflowTaskTimeout: TASK_TIMEOUT_MS,
      args: [...(ARGUMENTS[workflowType] ?? [])],
    });
    const workflow = { workflowId, workflowType, runId: handle.firstExecutionRunId };
    this.started.push(workflow);
    this.open.set(workflowId, workflow);
    this.tell();
    if (workflowType === 'waiter') {
      await handle.signal('go');
      await handle.signal('go');
    }
    return workflow;
  }

  /** Waits for a workflow's end. */
  async result(workflowId: string): Promise<void> {
    await this.client.workflow.result(workflowId);
    this.open.delete(workflowId);
    this.finishedCount += 1;
    this.tell();
  }

  /** Resolves once so many have finished. */
  async whenFinished(count: number): Promise<void> {
    const isMet = (): boolean => this.finishedCount >= count;
    if (isMet()) return;
    await new Promise<void>((resolve) => this.waiters.push({ isMet, resolve }));
  }

  private tell(): void {
    const met = this.waiters.filter(({ isMet }) => isMet());
    this.waiters = this.waiters.filter(({ isMet }) => !isMet());
    for (const { resolve } of met) resolve();
  }
}
