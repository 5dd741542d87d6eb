import { expect, test } from 'vitest';
import { describeWith } from '../helpers/servers.js';
import { RunHistory } from './history.js';
import { Load } from './load.js';
import { bundleOnce, type Scenario, startScenario } from './scenario.js';
import { type Flush, holdNextFlush, nextAppliedFlush } from './span-requests.js';
import { expectWhole, judge } from './verdict.js';

describeWith('temporalServer', 'redisServer')('a span that one process starts and another ends', () => {
  const bundlePath = bundleOnce();

  test('is one row that says all that its START said, when the first worker is shut down in between', async () => {
    const scenario = await startScenario(bundlePath(), 0);
    const workers = [await scenario.fleet.add(), await scenario.fleet.add()];
    const load = new Load(scenario.client, scenario.taskQueue);
    const flush = await startAndAwaitFirstFlush(scenario, load);
    const [second] = workers.filter(({ pid }) => pid !== flush.pid);
    await workers.find(({ pid }) => pid === flush.pid)?.stop();
    await load.result(flush.workflowId);
    expectRowsToSayAll(scenario, flush, second?.pid);
    expectWhole(await judge(scenario, load.started));
  });

  test('is one row that says all that its START said, when the only worker is killed in between and another is started', async () => {
    const scenario = await startScenario(bundlePath(), 1);
    const load = new Load(scenario.client, scenario.taskQueue);
    const flush = await startAndAwaitFirstFlush(scenario, load);
    const second = await scenario.fleet.kill(flush.pid);
    await load.result(flush.workflowId);
    expectRowsToSayAll(scenario, flush, second.pid);
    expectWhole(await judge(scenario, load.started));
  });

  test('is one row, of a run with one start, when the task that sent its START dies and is done again', async () => {
    const scenario = await startScenario(bundlePath(), 1);
    const load = new Load(scenario.client, scenario.taskQueue);
    const killing = new Promise<{ flush: Flush; killed: Promise<unknown> }>((resolve) => {
      holdNextFlush(scenario.sgp, () => true, {
        isApplied: true,
        onHeld: (flush) => resolve({ flush, killed: scenario.fleet.kill(flush.pid) }),
      });
    });
    const { workflowId } = await load.start('slowSteps');
    const { flush, killed } = await killing;
    await killed;
    await load.result(workflowId);
    const run = flush.items.find((item) => item['name'] === 'workflow slowSteps');
    const rows = scenario.sgp.rows().filter((row) => row['id'] === run?.['id']);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ start_timestamp: run?.['start_timestamp'], end_timestamp: expect.any(String) });
    const verdict = await judge(scenario, load.started);
    expect(verdict.holds.timedOutCount).toBe(1);
    expectWhole(verdict);
  });
});

/** Starts a workflow; its first STARTs are at the server, and in history is the task that sent them. */
async function startAndAwaitFirstFlush({ sgp, client }: Scenario, load: Load): Promise<Flush> {
  const flushed = nextAppliedFlush(sgp, () => true);
  const { workflowId } = await load.start('slowSteps');
  const flush = await flushed;
  let isRecorded = false;
  while (!isRecorded) {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    isRecorded = new RunHistory(workflowId, '', events ?? []).tasks.length > 0;
  }
  return flush;
}

function expectRowsToSayAll({ sgp }: Scenario, { items, pid }: Flush, closedByPid: number | undefined): void {
  expect(items.map((item) => item['name'])).toEqual(['workflow slowSteps', 'activity slow']);
  expect(closedByPid).not.toBe(pid);
  for (const item of items) {
    const { metadata, ...said } = item as { metadata: Record<string, unknown> };
    const rows = sgp.rows().filter((row) => row['id'] === item['id']);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      ...said,
      metadata: { ...metadata, __agent_id__: String(closedByPid) },
      end_timestamp: expect.any(String),
    });
  }
}
