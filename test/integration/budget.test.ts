import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTemporalServer } from '../../scripts/start-temporal-server.mjs';
import type { EverspanOptions } from '../../src/plugin/plugin-options.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { END_SPAN, START_SPAN } from '../../src/wire/activity-names.js';
import { eventsOf, localActivityOf, ofType, taskFailures, userCommands } from '../helpers/event-history.js';
import { describeWith, requireServer } from '../helpers/servers.js';
import { uniqueQueue } from '../helpers/temporal.js';
import { type Bench, type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';

const STEPS = 5;
/** What the budget counts for the marker of a local activity, and for any event. */
const FLIGHT_BYTES = 1_000;

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./hurt/workflows/steps.ts', import.meta.url)));
});

interface Asked extends Partial<Pick<EverspanOptions, 'delivery' | 'lingerMs'>> {
  /** How long the second activity takes. */
  readonly secondStepMs?: number;
}

/** A run of `STEPS` activities in a row, each told of at once; what came of its spans, and its history, which has replayed. */
async function runSteps(budgetBytes: number, asked: Asked = {}, given?: Bench) {
  const bench = given ?? (await setUpBench('budget'));
  const { client, taskQueue } = bench;
  const memory = new InMemoryProcessor();
  const { plugin } = quietPlugin({
    processors: [memory],
    lingerMs: asked.lingerMs ?? 0,
    delivery: asked.delivery ?? 'auto',
    budgetBytes,
  });
  const activities = {
    step: async (value: number) => {
      if (value === 2) await wait(asked.secondStepMs ?? 0);
      return value;
    },
  };
  const options = { workflowBundle: bundles.traced, activities, plugins: [plugin] };
  const result = await withWorker(bench, options, () =>
    client.workflow.execute<(times: number) => Promise<number>>('steps', { workflowId: taskQueue, taskQueue, args: [STEPS] }),
  );
  const events = await eventsOf(client, taskQueue);
  expect(result).toBe((STEPS * (STEPS + 1)) / 2);
  expect(taskFailures(events)).toEqual([]);
  expect(userCommands(events).filter((line) => line.startsWith('ACTIVITY'))).toHaveLength(STEPS);
  await Worker.runReplayHistory({ workflowBundle: bundles.traced, plugins: [plugin] }, { events }, taskQueue);
  // Attempts are told of by the worker's process, and cost the run nothing.
  const spans = memory.spans().filter(({ type }) => type !== 'attempt');
  const flights = ofType(events, 'MARKER_RECORDED').filter((event) =>
    [START_SPAN, END_SPAN].includes(localActivityOf(event)?.activityType ?? ''),
  );
  expect(memory.open()).toEqual([]);
  return {
    names: spans.map(({ name }) => name),
    status: spans[0]?.status,
    dropped: plugin.stats().dropped,
    flights: flights.length,
    isContinueAsNewSuggested: ofType(events, 'WORKFLOW_TASK_STARTED').some(
      ({ workflowTaskStartedEventAttributes: started }) => started?.suggestContinueAsNew === true,
    ),
  };
}

describeWith('temporalServer')('a run that has spent on spans what it may', () => {
  test('keeps to its root span, counts what it leaves out, and replays', async () => {
    // A budget of nothing is spent with the first flight, which tells of the root span and what began with it.
    expect(await runSteps(0)).toEqual({
      names: ['workflow steps', 'activity step'],
      status: 'OK',
      dropped: { budget: STEPS - 1 },
      flights: 2,
      isContinueAsNewSuggested: false,
    });
  });

  test('tells of what began before, and of no more', async () => {
    const { names, dropped } = await runSteps(2 * FLIGHT_BYTES);
    expect(names.slice(0, 2)).toEqual(['workflow steps', 'activity step']);
    expect(names.length).toBeGreaterThan(2);
    expect(names.length).toBeLessThan(1 + STEPS);
    expect(dropped).toEqual({ budget: STEPS + 1 - names.length });
  });

  test('pays for every event of a remote batch', async () => {
    // The first flight, which brings the configuration; of the second the events of its activity, and of the workflow task that this causes.
    const { names, dropped } = await runSteps(7 * FLIGHT_BYTES - 1, { delivery: 'remote' });
    expect(names).toEqual(['workflow steps', 'activity step', 'activity step']);
    expect(dropped).toEqual({ budget: STEPS - 2 });
  });

  test('pays for its timer', async () => {
    // The first flight, and the two events of the timer that waits for the second one; the second activity begins before it.
    const { names, dropped } = await runSteps(3 * FLIGHT_BYTES - 1, { lingerMs: 60_000 });
    expect(names).toEqual(['workflow steps', 'activity step', 'activity step']);
    expect(dropped).toEqual({ budget: STEPS - 2 });
  });

  test('pays for the workflow task that its timer brings', async () => {
    // The first flight; the timer, which fires, and its task; the second flight. The third activity begins after these.
    const { names, dropped } = await runSteps(7 * FLIGHT_BYTES - 1, { lingerMs: 1_000, secondStepMs: 3_000 });
    expect(names).toEqual(['workflow steps', 'activity step', 'activity step']);
    expect(dropped).toEqual({ budget: STEPS - 2 });
  });

  test('is none that the server merely asks to continue as new', async () => {
    const server = await startTemporalServer(requireServer('temporalServer', 'path'), {
      args: ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=20'],
    });
    onTestFinished(() => server.stop());
    const [connection, clientConnection] = await Promise.all([
      NativeConnection.connect({ address: server.address }),
      Connection.connect({ address: server.address }),
    ]);
    const client = new Client({ connection: clientConnection });
    const { names, dropped, isContinueAsNewSuggested } = await runSteps(
      1_000_000,
      {},
      { client, connection, taskQueue: uniqueQueue('budget') },
    );
    await Promise.all([connection.close(), clientConnection.close()]);
    expect(isContinueAsNewSuggested).toBe(true);
    expect(names).toHaveLength(1 + STEPS);
    expect(dropped).toEqual({});
  });

  test('tells of everything where the budget is not spent', async () => {
    const { names, dropped } = await runSteps(1_000_000);
    expect(names).toHaveLength(1 + STEPS);
    expect(dropped).toEqual({});
  });
});
