import type { Client } from '@temporalio/client';
import { expect } from 'vitest';
import { type Comparison, type ComparisonRules, compareRows } from './compare-rows.js';
import { readChain, type RunHistory, timeOf } from './history.js';
import { expectRun, type RunContext, type RunExpectation } from './oracle.js';
import type { Scenario } from './scenario.js';
import { pidOf, readTaskHolds, type TaskHolds } from './task-holds.js';

/** What histories and rows say of a case, once everything is at rest. */
export interface Verdict extends Comparison {
  readonly runs: readonly RunExpectation[];
  readonly spanCount: number;
  readonly holds: TaskHolds;
}

/** A batch that waits in a process is sent within this, where the server for spans is there. */
const BACKGROUND_MS = 1_000;

/** Every run of these workflows, with their children and the runs that they continued as, and the spans that each must have left. */
async function expectRuns(
  client: Client,
  workflows: readonly { readonly workflowId: string; readonly runId: string }[],
): Promise<RunExpectation[]> {
  const lists = await Promise.all(
    workflows.map(({ workflowId, runId }) => expectChain(client, workflowId, runId, { rootParent: 'client', signals: [] })),
  );
  return lists.flat();
}

async function expectChain(
  client: Client,
  workflowId: string,
  firstRunId: string,
  context: RunContext,
): Promise<RunExpectation[]> {
  const expectations: RunExpectation[] = [];
  for (const history of await readChain(client, workflowId, firstRunId)) {
    const expectation = expectRun(history, context);
    expectations.push(expectation);
    for (const child of expectation.children) {
      expectations.push(...(await expectChain(client, child.workflowId, child.runId, child.context)));
    }
  }
  return expectations;
}

/**
 * Shuts the workers of a scenario down, whose workflows have all closed, and judges what they left.
 *
 * @param mayLack - Runs whose last batch was made to die with its process. Besides, a run may lack spans if the process of its last task
 *   was killed right after it had closed.
 */
export async function judge(
  scenario: Scenario,
  workflows: readonly { readonly workflowId: string; readonly runId: string }[],
  mayLack: (run: RunExpectation) => boolean = () => false,
): Promise<Verdict> {
  await scenario.fleet.stop();
  await scenario.flushClient();
  const runs = await expectRuns(scenario.client, workflows);
  const { killed } = scenario.fleet;
  const rules: ComparisonRules = {
    mayLack: (run) => mayLack(run) || killed.some(({ pid, atMs }) => diedWithLastBatch(run.history, pid, atMs)),
    hasAllAttempts: killed.length === 0,
  };
  const comparison = compareRows(scenario.sgp.rows(), runs, rules);
  const holds = readTaskHolds(
    runs.map((run) => run.history),
    killed,
    scenario.isCacheTiny,
  );
  return { ...comparison, runs, spanCount: runs.reduce((count, run) => count + run.spans.length, 0), holds };
}

function diedWithLastBatch(history: RunHistory, pid: number, killedAtMs: number): boolean {
  const closedAtMs = timeOf(history.closed);
  const lastTask = history.tasks.at(-1);
  return (
    lastTask !== undefined &&
    pidOf(lastTask.identity) === pid &&
    closedAtMs <= killedAtMs &&
    killedAtMs - closedAtMs <= BACKGROUND_MS
  );
}

/** Every span is there, once, closed, but for those of runs that may lack some; and no task failed or was held too long. */
export function expectWhole(verdict: Verdict): void {
  expect(verdict.differences).toEqual([]);
  expect(verdict.holds.complaints).toEqual([]);
  expect(verdict.closedCount + verdict.lost.length).toBe(verdict.spanCount);
}

/** One line on what was seen, for the log of a run. */
export function summarize(name: string, workflowCount: number, { killed }: Scenario['fleet'], verdict: Verdict): string {
  const { runs, spanCount, closedCount, attemptCount, lost, holds } = verdict;
  return (
    `${name}: ${workflowCount} workflows, ${runs.length} runs, ${killed.length} kills, ${holds.timedOutCount} tasks timed out; ` +
    `${spanCount} spans expected, ${closedCount} closed once, ${lost.length} lost with a last batch; ${attemptCount} attempts; ` +
    `a task was held ${holds.longestHeldMs} ms at most`
  );
}
