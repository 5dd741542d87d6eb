import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { RedisOperationStore } from '../../src/state/redis-operation-store.js';
import { eventsOf, taskFailures } from '../helpers/event-history.js';
import { type StartedRedis, startRedis } from '../helpers/redis-server.js';
import { describeWith } from '../helpers/servers.js';
import { connectClient, temporalAddress, uniqueQueue } from '../helpers/temporal.js';
import { bundleTracedWorkflows } from '../helpers/traced-worker.js';

const MAIN = fileURLToPath(new URL('./operation-worker-main.mjs', import.meta.url));

type Line = Readonly<Record<string, unknown>>;

/** A worker process and what it has said. */
class OperationWorker {
  readonly said: Line[] = [];
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;
  private readonly waiters: (() => void)[] = [];

  constructor(settings: object) {
    this.child = spawn(process.execPath, [MAIN, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.exited = once(this.child, 'exit');
    const { stdout } = this.child;
    if (stdout === null) throw new TypeError('no standard output');
    createInterface({ input: stdout }).on('line', (text) => {
      // The SDK's core writes warnings there, too.
      if (!text.startsWith('{')) return;
      this.said.push(JSON.parse(text) as Line);
      for (const resolve of this.waiters.splice(0)) resolve();
    });
  }

  /** The line that has these fields, as soon as it is there. */
  async saying(fields: Line): Promise<Line> {
    for (;;) {
      const found = this.said.find((line) => Object.entries(fields).every(([name, value]) => line[name] === value));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.waiters.push(resolve);
      });
    }
  }

  begin(): void {
    this.child.stdin?.write('begin\n');
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(name);
  }

  async end(name: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(name);
    await this.exited;
  }
}

let redis: StartedRedis;
let bundleFolder: string;

describeWith('temporalServer', 'redisServer')('an operation whose worker', () => {
  beforeAll(async () => {
    redis = await startRedis();
    bundleFolder = mkdtempSync(join(tmpdir(), 'everspan-operations-'));
    const bundle = await bundleTracedWorkflows('drive-operations');
    writeFileSync(join(bundleFolder, 'bundle.js'), bundle.code);
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(bundleFolder, { recursive: true, force: true });
  });

  /** A worker that has saved its checkpoint, and is in the middle of its work. */
  async function startUntilSaved() {
    const client = await connectClient();
    const taskQueue = uniqueQueue('operations');
    const folder = join(bundleFolder, taskQueue);
    const settings = {
      address: temporalAddress(),
      taskQueue,
      bundlePath: join(bundleFolder, 'bundle.js'),
      redisUrl: redis.url,
      folder,
    };
    const start = (): OperationWorker => {
      const worker = new OperationWorker(settings);
      onTestFinished(() => worker.end('SIGKILL'));
      return worker;
    };
    const [first, second] = [start(), start()];
    first.begin();
    await first.saying({ step: 'polls' });
    const handle = await client.workflow.start('driveInActivity', {
      workflowId: taskQueue,
      taskQueue,
      args: ['why'],
      workflowTaskTimeout: '3 seconds',
    });
    await first.saying({ step: 'saved' });
    return { client, first, second, handle, folder };
  }

  test('is killed goes on in another from its checkpoint, under a new epoch', async () => {
    const { client, first, second, handle, folder } = await startUntilSaved();
    await first.end('SIGKILL');
    second.begin();
    expect(await handle.result()).toEqual({ answer: 'why: 200000 bytes', epochBefore: 1, epoch: 3 });
    expect(first.said.filter(({ attempt }) => attempt !== undefined)).toMatchObject([
      { attempt: 1, state: 'CLAIMED', epoch: 1, hasCheckpoint: false },
      { attempt: 1, step: 'saved' },
    ]);
    expect(second.said.filter(({ attempt }) => attempt !== undefined)).toMatchObject([
      { attempt: 2, state: 'INFERRING', epoch: 3, hasCheckpoint: true },
    ]);
    // The task that waited for the worker that is gone, in its own queue.
    const failures = taskFailures(await eventsOf(client, handle.workflowId)).filter((failure) => failure !== 'timed out');
    expect(failures).toEqual([]);
    await second.end('SIGTERM');
    const rows = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'));
    const ended = rows
      .map((row) => JSON.parse(row) as { name: string; end_time: unknown })
      .filter(({ name, end_time: end }) => name === 'operation' && end !== null);
    expect(ended.length).toBeGreaterThan(0);
  });

  test('is stopped, and wakes as a zombie when another has reclaimed the operation, is refused', async () => {
    const { first, second, handle } = await startUntilSaved();
    const store = new RedisOperationStore({ url: redis.url });
    onTestFinished(() => store.close());
    first.signal('SIGSTOP');
    second.begin();
    expect(await handle.result()).toMatchObject({ answer: 'why: 200000 bytes', epoch: 3 });
    first.signal('SIGCONT');
    expect(await first.saying({ step: 'refused' })).toMatchObject({ attempt: 1, code: 'STALE_EPOCH' });
    const operationId = (await store.list({ limit: 10, states: ['COMPLETED'] })).operations.find(
      ({ owner }) => owner.workflow?.workflowId === handle.workflowId,
    )?.operationId;
    const operation = await store.get(operationId ?? '');
    expect(operation?.state).toBe('COMPLETED');
    // A second attempt may have gone to the process that was stopped, and be a zombie as well.
    expect(operation?.refusedWrites).toBeGreaterThanOrEqual(1);
    await second.end('SIGTERM');
  });
});
