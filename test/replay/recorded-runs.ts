import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { EverspanOptions } from '../../src/plugin/plugin-options.js';

/** One workflow of `workflows/recorded.ts` and how it is brought to its end. */
export interface RecordedRun {
  /** Of its history's file, and of the workflow unless that is named apart. */
  readonly name: string;
  readonly workflow?: string;
  /** Options of the plugin, where the run is traced. */
  readonly everspan?: EverspanOptions;
  /** Calls of the processor that it does not take before it is there. Default 0. */
  readonly awayFor?: number;
  /** Whether the run calls a Nexus endpoint: its name is the argument. */
  readonly callsNexus?: boolean;
  readonly args?: readonly unknown[];
  /** What is done to the run besides starting it. */
  readonly drive?: (handle: WorkflowHandle, client: Client) => Promise<unknown>;
  /** Whether the run fails or is cancelled, as it should. */
  readonly fails?: boolean;
}

/** Every run of which histories are kept. Add to it; never take from it. */
export const RECORDED_RUNS: readonly RecordedRun[] = [
  { name: 'draws' },
  { name: 'inParallel' },
  { name: 'localWithBackoff' },
  { name: 'failing', fails: true },
  { name: 'cancelled', fails: true, drive: cancelOnceWaiting },
  {
    name: 'messages',
    drive: async (handle) => {
      await handle.signal('push', 1);
      await handle.executeUpdate('add', { args: [2] });
      await handle.signal('push', 3);
    },
  },
  { name: 'parent' },
  { name: 'continued', args: [2] },
  { name: 'ownSpans' },
  { name: 'versions' },
  { name: 'races' },
  { name: 'configured', workflow: 'ownSpans', everspan: { captureWorkflowIo: true, lingerMs: 0 } },
  // With the default configuration: the first flight comes back, and goes out again as a remote activity, tried twice.
  { name: 'fallback', workflow: 'pauses', awayFor: 2, args: [[1_200, 1_500, 0]] },
  { name: 'remote', workflow: 'pauses', everspan: { delivery: 'remote', lingerMs: 0 }, args: [[0, 0, 50, 0]] },
  // Its first flight comes back and waits: not the second that the failure asks for, but the linger. The first activity ends after that.
  {
    name: 'retryWait',
    workflow: 'pauses',
    everspan: { delivery: 'local', lingerMs: 1_500 },
    awayFor: 1,
    args: [[1_700, 0]],
  },
  // Nobody takes a flight, and nothing but our own timers wakes the run: each waits twice as long.
  { name: 'retryTimers', workflow: 'pauses', everspan: { delivery: 'local', lingerMs: 0 }, awayFor: 3, args: [[3_500, 0]] },
  { name: 'manyBatches', workflow: 'largeSpans', everspan: { lingerMs: 0 }, args: [30, 15_000, 0] },
  { name: 'manyBatchesRemote', workflow: 'largeSpans', everspan: { lingerMs: 0, delivery: 'remote' }, args: [30, 15_000, 0] },
  { name: 'manyBatchesBack', workflow: 'largeSpans', everspan: { lingerMs: 0 }, awayFor: 2, args: [30, 15_000, 3_000] },
  { name: 'spentBudget', workflow: 'pauses', everspan: { lingerMs: 0, budgetBytes: 1_000 }, args: [[0, 0, 0, 0]] },
  // The last batch, and a last one of several, by local activities.
  { name: 'closedByActivity', workflow: 'failing', everspan: { closing: 'activity' }, fails: true },
  {
    name: 'manyClosedByActivity',
    workflow: 'largeSpans',
    everspan: { closing: 'activity', lingerMs: 60_000 },
    args: [30, 15_000, 0],
  },
  { name: 'nexusCall', callsNexus: true },
  { name: 'nexusConfigured', workflow: 'nexusCall', callsNexus: true, everspan: { lingerMs: 0 } },
];

// Before its first task a run is cancelled before it has begun anything.
async function cancelOnceWaiting(handle: WorkflowHandle): Promise<void> {
  for (;;) {
    const { events } = await handle.fetchHistory();
    if (events?.some((event) => event.timerStartedEventAttributes)) break;
  }
  await handle.cancel();
}

/** Activities of these workflows. `flaky` fails as often as it is told to, by attempt. */
export function recordedActivities(attemptOf: () => number) {
  return {
    step: async (value: number) => value,
    flaky: async (failures: number) => {
      if (attemptOf() <= failures) throw new TypeError('not yet');
      return attemptOf();
    },
    pause: async (milliseconds: number) => {
      await delay(milliseconds);
      return milliseconds;
    },
  };
}

/** Starts and drives a run to its end, with `args` before its own; gives the handle of its first run. */
export async function runRecorded(
  client: Client,
  taskQueue: string,
  run: RecordedRun,
  args: readonly unknown[] = [],
): Promise<WorkflowHandle> {
  const workflowId = `${run.name}-${randomUUID()}`;
  const options = { workflowId, taskQueue, args: [...args, ...(run.args ?? [])] };
  const handle = await client.workflow.start(run.workflow ?? run.name, options);
  await run.drive?.(handle, client);
  if (run.fails === true) await handle.result().catch(() => {});
  else await handle.result();
  return client.workflow.getHandle(workflowId, handle.firstExecutionRunId);
}
