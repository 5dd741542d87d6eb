import { setTimeout as delay } from 'node:timers/promises';
import { RunHistory } from './history.js';
import type { Load } from './load.js';
import { isClosed, metadataOf, nameOf } from './compare-rows.js';
import type { Scenario } from './scenario.js';
import { type Flush, holdNextFlush, nextAppliedFlush } from './span-requests.js';
import { pidOf } from './task-holds.js';

/** A kill that hit its moment: what was seen right before. */
export interface Hit {
  readonly workflowId: string;
  readonly pid: number;
  /** Whether the server for spans had the end of the span, or of the run, that the moment is about. */
  readonly wasClosed: boolean;
}

/** How to kill a worker in one moment of a workflow's life. */
export interface Killer {
  /** A workflow in which the moment comes. */
  readonly workflowType: string;
  /** Kills a worker in the next such moment, of whichever workflow; `ordinal` varies it. */
  kill(scenario: Scenario, ordinal: number): Promise<Hit>;
}

/**
 * Kills `count` times while the load runs, spread over it: each time once a share of the workflows has finished and the worker that was
 * killed before is replaced.
 */
export async function killWhile(scenario: Scenario, load: Load, { workflowCount, count, killer }: KillPlan): Promise<Hit[]> {
  const hits: Hit[] = [];
  for (let ordinal = 0; ordinal < count; ordinal += 1) {
    await load.whenFinished(Math.floor((workflowCount * ordinal * 0.7) / count));
    const hit = killer.kill(scenario, ordinal);
    // So that the moment comes for certain, also when the load has none left.
    const { workflowId } = await load.start(killer.workflowType);
    hits.push(await hit);
    await load.result(workflowId);
  }
  return hits;
}

interface KillPlan {
  readonly workflowCount: number;
  readonly count: number;
  readonly killer: Killer;
}

/** The START of a slow activity is at the server; its END cannot be. */
export const killBetweenStartAndEnd: Killer = { workflowType: 'slowSteps', kill: killAfterStart };

/** History has the activity's end, the server for spans has not. */
export const killBeforeEnd: Killer = { workflowType: 'quickThenWait', kill: killAfterActivity };

/** The server holds a flush of starts or ends, which it has or has not applied. */
export const killDuringFlush: Killer = { workflowType: 'slowSteps', kill: killInFlush };

/** The server holds the flush that closes a run, which it has or has not applied. */
export const killDuringLastFlush: Killer = { workflowType: 'steps', kill: killInLastFlush };

async function killAfterStart({ sgp, fleet }: Scenario): Promise<Hit> {
  const flush = await nextAppliedFlush(sgp, ({ items, pid }) => fleet.isRunning(pid) && items.some(isOpenRowOf('activity slow')));
  const killed = fleet.kill(flush.pid);
  const wasClosed = isClosedAt(sgp, flush, 'activity slow');
  await killed;
  return { workflowId: flush.workflowId, pid: flush.pid, wasClosed };
}

async function killAfterActivity({ sgp, client, fleet, taskQueue }: Scenario): Promise<Hit> {
  const query = `TaskQueue = '${taskQueue}' AND WorkflowType = 'quickThenWait' AND ExecutionStatus = 'Running'`;
  for (;;) {
    for await (const { workflowId } of client.workflow.list({ query })) {
      const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
      const history = new RunHistory(workflowId, '', events ?? []);
      const isDone = history.all((event) => event.activityTaskCompletedEventAttributes).length > 0;
      const pid = pidOf(history.tasks.at(-1)?.identity ?? '');
      // Where the machine was slow the END came first: the next one.
      if (!isDone || !fleet.isRunning(pid) || hasEnd(sgp, workflowId, 'activity quick')) continue;
      const killed = fleet.kill(pid);
      const wasClosed = hasEnd(sgp, workflowId, 'activity quick');
      await killed;
      return { workflowId, pid, wasClosed };
    }
    await delay(10);
  }
}

function killInFlush(scenario: Scenario, ordinal: number): Promise<Hit> {
  const wantsEnds = ordinal % 2 === 1;
  return killHeld(
    scenario,
    ordinal >= 2,
    ({ items, isLast }) => !isLast && items.some((item) => (item['end_timestamp'] !== undefined) === wantsEnds),
  );
}

function killInLastFlush(scenario: Scenario, ordinal: number): Promise<Hit> {
  return killHeld(scenario, ordinal % 2 === 1, ({ isLast }) => isLast);
}

async function killHeld({ sgp, fleet }: Scenario, isApplied: boolean, matches: (flush: Flush) => boolean): Promise<Hit> {
  const { flush, killed } = await new Promise<{ flush: Flush; killed: Promise<unknown> }>((resolve) => {
    holdNextFlush(sgp, (candidate) => fleet.isRunning(candidate.pid) && matches(candidate), {
      isApplied,
      // In this very tick: before the request is applied or answered, before its bound is over.
      onHeld: (held) => resolve({ flush: held, killed: fleet.kill(held.pid) }),
    });
  });
  await killed;
  return { workflowId: flush.workflowId, pid: flush.pid, wasClosed: flush.request.state === 'answered' };
}

function isOpenRowOf(name: string): (item: Readonly<Record<string, unknown>>) => boolean {
  return (item) => nameOf(item) === name && item['end_timestamp'] === undefined;
}

function hasEnd(sgp: Scenario['sgp'], workflowId: string, name: string): boolean {
  return sgp
    .rows()
    .some((row) => nameOf(row) === name && isClosed(row) && metadataOf(row, 'temporal.workflow.id') === workflowId);
}

function isClosedAt(sgp: Scenario['sgp'], { items }: Flush, name: string): boolean {
  const id = items.find(isOpenRowOf(name))?.['id'];
  return sgp.rows().some((row) => row['id'] === id && row['end_timestamp'] !== undefined);
}
