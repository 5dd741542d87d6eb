import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { RedisOpenSpanIndex } from '../../src/state/redis-open-span-index.js';
import { describeWith } from '../helpers/servers.js';
import { type Killer, killBeforeEnd, killBetweenStartAndEnd, killDuringFlush, killDuringLastFlush, killWhile } from './kills.js';
import { Load } from './load.js';
import type { RunExpectation } from './oracle.js';
import { bundleOnce, type Scenario, startScenario } from './scenario.js';
import { flushOf } from './span-requests.js';
import { sweepRows } from './sweep-rows.js';
import { expectWhole, judge, summarize, type Verdict } from './verdict.js';

const WORKFLOWS = Number(process.env['EVERSPAN_CRASH_WORKFLOWS'] ?? '500');
const AT_ONCE = 24;
const KILLS_MAX = 4;
const CASE_TIMEOUT_MS = 300_000;
const OUTAGE_MS = 20_000;
const ALL_TYPES = ['steps', 'slowSteps', 'quickThenWait', 'family', 'waiter', 'chain', 'troubles'];

/** A case's part of all workflows; at least one of each type. */
function shareOf(percent: number): number {
  return Math.max(ALL_TYPES.length, Math.round((WORKFLOWS * percent) / 100));
}

describeWith('temporalServer', 'redisServer')('every span is there, once, and closed', () => {
  const bundlePath = bundleOnce();

  const killCases: readonly (readonly [moment: string, percent: number, types: readonly string[], killer: Killer])[] = [
    ['between START and END', 15, ALL_TYPES, killBetweenStartAndEnd],
    ['after the activity, before END', 15, ['quickThenWait', ...ALL_TYPES], killBeforeEnd],
    ['during a flush', 15, ALL_TYPES, killDuringFlush],
    // In these a run waits for its last flush; the others have a case of their own.
    ['during the last flush', 13, ['steps', 'chain', 'troubles', 'slowSteps'], killDuringLastFlush],
  ];
  test.each(killCases)(
    'when a worker is killed %s',
    async (moment, percent, types, killer) => {
      const count = shareOf(percent);
      const scenario = await startScenario(bundlePath(), 2);
      const load = new Load(scenario.client, scenario.taskQueue);
      const kills = Math.min(KILLS_MAX, Math.ceil(count / 15));
      const killing = killWhile(scenario, load, { workflowCount: count, count: kills, killer });
      await load.run({ count, types, atOnce: AT_ONCE });
      const hits = await killing;
      expect(hits.filter((hit) => hit.wasClosed)).toEqual([]);
      expectWhole(await rest(scenario, load, `killed ${moment}`));
    },
    CASE_TIMEOUT_MS,
  );

  test(
    'and the last batch of a run that closed while it was held, when its process dies with it, once a sweep has been',
    async () => {
      const scenario = await startScenario(bundlePath(), 1);
      const { sgp, fleet } = scenario;
      const openSpans = new RedisOpenSpanIndex({ url: scenario.redisUrl });
      onTestFinished(() => openSpans.close());
      const load = new Load(scenario.client, scenario.taskQueue);
      // The task that closes the first gives up waiting at its bound; the second has had signals, and leaves its batch to the process.
      const types = ['steps', 'waiter', 'troubles', 'waiter'];
      const heldIds = new Map<string, ReadonlySet<unknown>>();
      for (const type of types) {
        let pid = 0;
        sgp.failNext({
          times: Number.POSITIVE_INFINITY,
          fault: 'hang',
          matches(request) {
            const flush = flushOf(request);
            if (flush?.isLast !== true || flush.workflowType !== type) return false;
            pid = flush.pid;
            heldIds.set(flush.workflowId, new Set(flush.items.map((item) => item['id'])));
            return true;
          },
        });
        const { workflowId, runId } = await load.start(type);
        await load.result(workflowId);
        // The run closed without waiting for the answer; its batch is on the way, once more or still, and kept for the case that it never arrives.
        await expect.poll(() => openSpans.spansOf({ namespace: 'default', workflowId, runId })).not.toEqual([]);
        await sgp.waitForRequest((request) => flushOf(request)?.workflowId === workflowId && flushOf(request)?.isLast === true);
        await fleet.kill(pid);
        sgp.recover();
      }

      const verdict = await rest(scenario, load, 'killed after the run had closed', (run) => heldIds.has(run.history.workflowId));
      expect(verdict.differences).toEqual([]);
      expect(verdict.holds.complaints).toEqual([]);
      for (const { history } of verdict.runs) {
        const lost = verdict.lost.filter(({ span }) => span.runId === history.runId);
        const held = heldIds.get(history.workflowId) ?? new Set();
        expect(lost.map(({ span }) => span.name)).toContain(`workflow ${history.workflowType}`);
        expect(lost.length).toBeLessThanOrEqual(held.size);
        expect(lost.filter(({ rowId }) => rowId !== undefined && !held.has(rowId))).toEqual([]);
      }
      // The sweep has sent what the process could not: as the run itself ended it.
      const swept = await judge(scenario, load.started);
      expectWhole(swept);
      expect(swept.lost).toEqual([]);
    },
    CASE_TIMEOUT_MS,
  );

  test(
    'with a cache of one workflow',
    async () => {
      const scenario = await startScenario(bundlePath(), 2, { maxCachedWorkflows: 1 });
      const load = new Load(scenario.client, scenario.taskQueue);
      // Without the one whose local activity is tried again: evicted in between, Core cancels it now and then, untraced as well.
      const types = ALL_TYPES.filter((type) => type !== 'troubles');
      // Few: tasks that a worker has taken wait in it for the one place, and their time runs.
      await load.run({ count: shareOf(14), types, atOnce: 6 });
      expectWhole(await rest(scenario, load, 'cache of one'));
    },
    CASE_TIMEOUT_MS,
  );

  test(
    'with two workers that take turns',
    async () => {
      const scenario = await startScenario(bundlePath(), 2);
      const load = new Load(scenario.client, scenario.taskQueue);
      const turns = takeTurns(scenario, load);
      await load.run({ count: shareOf(14), types: ALL_TYPES, atOnce: AT_ONCE });
      await turns.stop();
      const verdict = await rest(scenario, load, 'two workers in turns');
      expectWhole(verdict);
      const onBoth = verdict.runs.filter(({ history }) => new Set(history.tasks.map(({ identity }) => identity)).size > 1);
      expect(onBoth.length).toBeGreaterThan(verdict.runs.length / 10);
    },
    CASE_TIMEOUT_MS,
  );

  test(
    'when the processor is down for 20 s',
    async () => {
      const scenario = await startScenario(bundlePath(), 2);
      const { sgp } = scenario;
      const load = new Load(scenario.client, scenario.taskQueue);
      const count = shareOf(14);
      const outage = (async () => {
        await load.whenFinished(Math.floor(count / 5));
        sgp.failNext({ times: Number.POSITIVE_INFINITY, status: 503 });
        await delay(OUTAGE_MS / 2);
        await sgp.refuseConnections();
        await delay(OUTAGE_MS / 2);
        sgp.recover();
        await sgp.acceptConnections();
      })();
      await load.run({ count, types: ALL_TYPES, atOnce: 8 });
      await outage;
      // A process goes on sending what waits in it as long as it lives.
      await allRunsAreClosedAt(scenario, load);
      expectWhole(await rest(scenario, load, 'processor down for 20 s'));
    },
    CASE_TIMEOUT_MS,
  );
});

async function rest(scenario: Scenario, load: Load, name: string, mayLack?: (run: RunExpectation) => boolean): Promise<Verdict> {
  const verdict = await judge(scenario, load.started, mayLack);
  console.info(summarize(name, load.started.length, scenario.fleet, verdict));
  const { report, open } = await sweepRows(scenario);
  console.info(`${name}: a sweep ended ${report.spansClosed} spans of ${report.runsClosed} runs`);
  expect(open).toEqual([]);
  return verdict;
}

// A run's next task goes to whichever worker asks first, not to the one that has the run in its cache.
function takeTurns({ client }: Scenario, load: Load): { stop(): Promise<void> } {
  let isOver = false;
  const turning = (async () => {
    while (!isOver) {
      for (const { workflowId } of load.open.values()) {
        await client.workflowService
          .resetStickyTaskQueue({ namespace: 'default', execution: { workflowId } })
          .catch(() => undefined);
      }
      await delay(20);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await turning;
    },
  };
}

async function allRunsAreClosedAt({ sgp }: Scenario, load: Load): Promise<void> {
  const isEach = (): boolean => {
    const closed = new Set(
      sgp
        .rows()
        .filter((row) => String(row['name']).startsWith('workflow ') && row['end_timestamp'] !== undefined)
        .map((row) => (row['metadata'] as Record<string, unknown>)['temporal.workflow.id']),
    );
    return load.started.every(({ workflowId }) => closed.has(workflowId));
  };
  if (isEach()) return;
  await new Promise<void>((resolve) => {
    const stop = sgp.watch(() => {
      if (!isEach()) return;
      stop();
      resolve();
    });
  });
}
