import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Client, ScheduleOverlapPolicy } from '@temporalio/client';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { ensureWatchdog } from '../../../src/watchdog/ensure-watchdog.js';
import { type SweepReport, type SweepRequest, WATCHDOG_SCHEDULE_ID, WATCHDOG_WORKFLOW } from '../../../src/wire/watchdog.js';
import { everspan } from '../../cli/run-everspan.js';
import { describeWith } from '../../helpers/servers.js';
import { connectClient, connectWorker, temporalAddress, uniqueQueue } from '../../helpers/temporal.js';
import { bundleTracedWorkflows, startTracedWorker } from '../../helpers/traced-worker.js';
import { waitForDays } from '../workflows/watched.js';
import { WatchedIndex, watchedOptions } from './watched.js';

describeWith('temporalServer')('the watchdog of a namespace', () => {
  let bundle: WorkflowBundle;
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('watched');
  });
  beforeEach(async () => {
    await deleteSchedule(await connectClient());
  });

  test('is one schedule, made once, changed only where the options changed, and left paused by whom paused it', async () => {
    const client = await connectClient();
    onTestFinished(() => deleteSchedule(client));
    const both = await Promise.all([ensureWatchdog(client), ensureWatchdog(client)]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['created', 'unchanged']);
    const schedule = client.schedule.getHandle(WATCHDOG_SCHEDULE_ID);
    expect(await schedule.describe()).toMatchObject({
      spec: { intervals: [{ every: 300_000 }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP },
      action: { workflowType: 'everspanWatchdog', taskQueue: 'everspan-watchdog' },
    });

    await schedule.pause('for the night');
    const wanted = { everyMs: 60_000, graceMs: 5_000, taskQueue: 'elsewhere' };
    expect(await ensureWatchdog(client, wanted)).toMatchObject({ outcome: 'updated', isPaused: true });
    expect(await ensureWatchdog(client, wanted)).toMatchObject({ outcome: 'unchanged', isPaused: true });
    expect(await schedule.describe()).toMatchObject({
      spec: { intervals: [{ every: 60_000 }] },
      action: { taskQueue: 'elsewhere', args: [{ graceMs: 5_000 }] },
      state: { paused: true, note: 'for the night' },
    });
    await expect(ensureWatchdog(client, { everyMs: 10 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  test('is made from the command line', async () => {
    onTestFinished(async () => deleteSchedule(await connectClient()));
    const env = { TEMPORAL_ADDRESS: temporalAddress() };
    const ensured = async (...args: string[]) => (await everspan(['watchdog', 'ensure', ...args], { env })).stdout;
    expect(await ensured()).toBe('schedule everspan-watchdog in namespace default: created\n');
    expect(JSON.parse(await ensured('--format', 'json'))).toMatchObject({ namespace: 'default', outcome: 'unchanged' });
    expect(await ensured('--every', '1m', '--grace', '10s')).toContain('updated');
  });

  test('sweeps on a worker with the option, beside the user workflows, and goes on from where it has come to', async () => {
    const index = new WatchedIndex();
    const taskQueue = uniqueQueue('watchdog');
    const warnings: string[] = [];
    const worker = await startTracedWorker({
      bundle,
      everspan: watchedOptions(index, { watchdog: { taskQueue }, logger: { warn: (line: string) => warnings.push(line) } }),
    });
    const { client, memory } = worker;
    onTestFinished(() => deleteSchedule(client));
    await until(() => warnings.some((line) => line.includes('has no watchdog')));
    await ensureWatchdog(client, { taskQueue, graceMs: 0, everyMs: 3_600_000 });
    const schedule = client.schedule.getHandle(WATCHDOG_SCHEDULE_ID);

    const handle = await worker.start(waitForDays, []);
    await memory.waitFor((spans) => spans.some((span) => span.name === 'timer'));
    await handle.terminate();
    const first = await sweepBySchedule(client, 1);
    expect(first).toMatchObject({ runsClosed: 1, spansClosed: 3, isFullPass: true, reach: 'index' });
    expect(memory.spans().filter((span) => span.status === 'TERMINATED')).toHaveLength(3);

    const second = await sweepBySchedule(client, 2);
    expect(second).toMatchObject({ runsClosed: 0, isFullPass: false });
    expect(second.mark.closedUntilMs).toBeGreaterThan(first.mark.closedUntilMs);
    expect((await schedule.describe()).info.numActionsTaken).toBe(2);
  });
});

describeWith('temporalServer')('the bundle that the package brings', () => {
  test('runs with the SDK that is installed, and names no folder of the machine that built it', async () => {
    const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string };
    const codePath = fileURLToPath(new URL('../../../dist/watchdog-bundle.js', import.meta.url));
    const code = readFileSync(codePath, 'utf8');
    expect(code.split('\n')[0]).toBe(`// @temporalio/worker ${version}`);
    expect(code).not.toContain(process.cwd());
    const taskQueue = uniqueQueue('bundle');
    const asked: SweepRequest[] = [];
    const worker = await Worker.create({
      connection: await connectWorker(),
      taskQueue,
      workflowBundle: { codePath },
      activities: { everspanSweep: async (request: SweepRequest) => asked.push(request) },
    });
    const { workflow } = await connectClient();
    await worker.runUntil(workflow.execute(WATCHDOG_WORKFLOW, { taskQueue, workflowId: taskQueue, args: [{ graceMs: 7 }] }));
    expect(asked).toEqual([{ settings: { graceMs: 7 } }]);
  });
});

// Triggers the schedule and waits for the report of the run that it starts.
async function sweepBySchedule(client: Client, count: number): Promise<SweepReport> {
  const schedule = client.schedule.getHandle(WATCHDOG_SCHEDULE_ID);
  // Its runs are named by the second.
  await delay(1_000);
  await schedule.trigger(ScheduleOverlapPolicy.SKIP);
  for (;;) {
    const { recentActions } = (await schedule.describe()).info;
    const action = recentActions[count - 1]?.action;
    if (action !== undefined) {
      const handle = client.workflow.getHandle(action.workflow.workflowId, action.workflow.firstExecutionRunId);
      const report = (await handle.result()) as SweepReport;
      // Until the schedule has seen it end, it starts no other.
      while ((await schedule.describe()).info.runningActions.length > 0) await delay(50);
      return report;
    }
    await delay(50);
  }
}

async function deleteSchedule(client: Client): Promise<void> {
  await client.schedule
    .getHandle(WATCHDOG_SCHEDULE_ID)
    .delete()
    .catch(() => {});
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(20);
}
