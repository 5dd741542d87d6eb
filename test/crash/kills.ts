import { RunHistory } from './history.js';
import type { Load } from './load.js';
import { nameOf } from './compare-rows.js';
import type { Scenario } from './scenario.js';
import { type Flush, holdNextFlush, nextAppliedFlush } from './span-requests.js';

/** A kill that hit its moment: what was seen right before. */
export interface Hit {
  readonly workflowId: string;
  readonly pid: number;
  /** Whether the server for spans had the end of the span, or of the run, that the moment is about. */
  readonly wasClosed: boolean;
}

/** Kills one worker in a moment of its own choosing; the `ordinal` lets it vary. */
export type Killer = (scenario: Scenario, ordinal: number) => Promise<Hit>;

/**
 * Kills `count` times while the load runs, spread over it: each time once a share of the workflows has finished and the worker that was
 * killed before is replaced.
 */
export async function killWhile(
  load: Load,
  workflowCount: number,
  count: number,
  kill: (ordinal: number) => Promise<Hit>,
): Promise<Hit[]> {
  const hits: Hit[] = [];
  for (let ordinal = 0; ordinal < count; ordinal += 1) {
    await load.whenFinished(Math.floor((workflowCount * ordinal * 0.7) / count));
    hits.push(await kill(ordinal));
  }
  return hits;
}

/** The START of a slow activity is at the server; its END cannot be. */
export const killBetweenStartAndEnd: Killer = async ({ sgp, fleet }) => {
  const flush = await nextAppliedFlush(sgp, ({ items, pid }) => fleet.isRunning(pid) && items.some(isOpenRowOf('activity slow')));
  const killed = fleet.kill(flush.pid);
  const wasClosed = isClosedAt(sgp, flush, 'activity slow');
  await killed;
  return { workflowId: flush.workflowId, pid: flush.pid, wasClosed };
};

/** History has the activity's end, the server for spans has not. */
export const killBeforeEnd: Killer = async ({ sgp, client, fleet }) => {
  for (;;) {
    const flush = await nextAppliedFlush(
      sgp,
      ({ items, pid, workflowType }) =>
        fleet.isRunning(pid) && workflowType === 'quickThenWait' && items.some(isOpenRowOf('activity quick')),
    );
    const handle = client.workflow.getHandle(flush.workflowId);
    let isDone = false;
    while (!isDone && !isClosedAt(sgp, flush, 'activity quick')) {
      const { events } = await handle.fetchHistory();
      isDone =
        new RunHistory(flush.workflowId, '', events ?? []).all((event) => event.activityTaskCompletedEventAttributes).length > 0;
    }
    // The machine was slow, and the END came first: the next one.
    if (isClosedAt(sgp, flush, 'activity quick') || !fleet.isRunning(flush.pid)) continue;
    const killed = fleet.kill(flush.pid);
    const wasClosed = isClosedAt(sgp, flush, 'activity quick');
    await killed;
    return { workflowId: flush.workflowId, pid: flush.pid, wasClosed };
  }
};

/** The server holds a flush of starts or ends, which it has or has not applied. */
export const killDuringFlush: Killer = (scenario, ordinal) => {
  const wantsEnds = ordinal % 2 === 1;
  return killHeld(
    scenario,
    ordinal >= 2,
    ({ items, isLast }) => !isLast && items.some((item) => (item['end_timestamp'] !== undefined) === wantsEnds),
  );
};

/** The server holds the flush that closes a run, which it has or has not applied. */
export const killDuringLastFlush: Killer = (scenario, ordinal) => killHeld(scenario, ordinal % 2 === 1, ({ isLast }) => isLast);

async function killHeld({ sgp, fleet }: Scenario, isApplied: boolean, matches: (flush: Flush) => boolean): Promise<Hit> {
  const { flush, killed } = await new Promise<{ flush: Flush; killed: Promise<void> }>((resolve) => {
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

function isClosedAt(sgp: Scenario['sgp'], { items }: Flush, name: string): boolean {
  const id = items.find(isOpenRowOf(name))?.['id'];
  return sgp.rows().some((row) => row['id'] === id && row['end_timestamp'] !== undefined);
}
