import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { EverspanOptions } from '../../src/plugin/plugin-options.js';

/** One workflow of `workflows/recorded.ts` and how it is brought to its end. */
export interface RecordedRun {
  /** Of its history's file, and of the workflow unless that is named apart. */
  readonly name: string;
  readonly workflow?: string;
  /** Options of the plugin, where the run is traced. */
  readonly everspan?: EverspanOptions;
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
  };
}

/** Starts and drives a run to its end; gives the handle of its first run. */
export async function runRecorded(client: Client, taskQueue: string, run: RecordedRun): Promise<WorkflowHandle> {
  const workflowId = `${run.name}-${randomUUID()}`;
  const handle = await client.workflow.start(run.workflow ?? run.name, { workflowId, taskQueue, args: [...(run.args ?? [])] });
  await run.drive?.(handle, client);
  if (run.fails === true) await handle.result().catch(() => {});
  else await handle.result();
  return client.workflow.getHandle(workflowId, handle.firstExecutionRunId);
}
