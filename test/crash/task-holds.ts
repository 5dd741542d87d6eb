import { temporal } from '@temporalio/proto';
import { type HistoryEvent, idOf, type RunHistory, timeOf } from './history.js';

const { TimeoutType, WorkflowTaskFailedCause } = temporal.api.enums.v1;

/** Longest that one flush may hold a workflow task, and the closing one too. */
const FLUSH_BOUND_MS = 250;
/** How late a task's timeout fires and how long the run then takes to replay, on a machine at full load. Held to one more timeout it would be 5 s more. */
const RECOVERY_LATENESS_MS = 4_000;

/** A process that was killed. */
export interface KilledProcess {
  readonly pid: number;
  readonly atMs: number;
}

/** What befell the workflow tasks of some runs. */
export interface TaskHolds {
  /** One line for each task that failed, timed out without a reason, or was held too long. */
  readonly complaints: readonly string[];
  /** Tasks that timed out, with their process or without. */
  readonly timedOutCount: number;
  /** Longest that a worker held a task that it completed. */
  readonly longestHeldMs: number;
}

/**
 * How long workers held the workflow tasks of `runs`, from the times in history. What counts is the time on a worker, not the wait for
 * one.
 *
 * @param isCacheTiny - Then a task may time out on a process that lives, if it is held no longer than that: Core evicts a run whose local
 *   activity is under way, whoever's it is.
 */
export function readTaskHolds(runs: readonly RunHistory[], killed: readonly KilledProcess[], isCacheTiny: boolean): TaskHolds {
  const complaints: string[] = [];
  let timedOutCount = 0;
  let longestHeldMs = 0;
  for (const run of runs) {
    const complain = (what: string): void => void complaints.push(`${run.workflowType} ${run.workflowId}: ${what}`);
    for (const { attributes } of run.all((event) => event.workflowTaskFailedEventAttributes)) {
      // The server itself refuses a close while a signal waits; the code then runs on.
      if (attributes.cause === WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND) continue;
      complain(`a task failed: ${attributes.failure?.message ?? String(attributes.cause)}`);
    }
    const { taskTimeoutMs } = run;
    let heldMs = 0;
    let kills = 0;
    for (const event of run.events) {
      const timeout = event.workflowTaskTimedOutEventAttributes;
      if (timeout?.timeoutType === TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE) {
        const started = run.event(idOf(timeout.startedEventId));
        // Its next process may be killed in its turn.
        if (wasKilledWith(started, event, killed)) kills += 1;
        else if (!isCacheTiny) complain(`a task timed out on ${identityOf(started)}, which lived on`);
        timedOutCount += 1;
        heldMs += timeOf(event) - timeOf(started);
      }
      const completed = event.workflowTaskCompletedEventAttributes;
      if (completed !== undefined && completed !== null) {
        const heldByThisMs = timeOf(event) - timeOf(run.event(idOf(completed.startedEventId)));
        longestHeldMs = Math.max(longestHeldMs, heldByThisMs);
        const isTimedOut = heldMs > 0;
        const boundMs = taskTimeoutMs * Math.max(1, kills) + FLUSH_BOUND_MS + (isTimedOut ? RECOVERY_LATENESS_MS : 0);
        if (heldMs + heldByThisMs > boundMs) complain(`a task was held for ${heldMs + heldByThisMs} ms, more than ${boundMs}`);
        heldMs = 0;
        kills = 0;
      }
    }
  }
  return { complaints, timedOutCount, longestHeldMs };
}

/** The process of a worker's identity, `pid@host`. */
export function pidOf(identity: string): number {
  return Number.parseInt(identity, 10);
}

function identityOf(started: HistoryEvent): string {
  return started.workflowTaskStartedEventAttributes?.identity ?? '';
}

function wasKilledWith(started: HistoryEvent, timedOut: HistoryEvent, killed: readonly KilledProcess[]): boolean {
  const pid = pidOf(identityOf(started));
  // A task can be handed to a process in the moment in which it dies.
  return killed.some((each) => each.pid === pid && each.atMs <= timeOf(timedOut));
}
