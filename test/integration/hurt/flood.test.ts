import { fileURLToPath } from 'node:url';
import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import { beforeAll, expect, test } from 'vitest';
import type { Closing, Delivery } from '../../../src/wire/span-batch.js';
import { eventsOf, taskFailures } from '../../helpers/event-history.js';
import { type Behaviour, hangs, isAway, ScriptedProcessor, takes } from '../../helpers/scripted-processor.js';
import { describeWith } from '../../helpers/servers.js';
import { type Bench, type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../../helpers/worker-harness.js';
import type { EverspanPlugin } from '../../../src/plugin.js';

const SIGNALS = 32;
const SENDERS = 8;

const PROCESSORS: Readonly<Record<string, Behaviour>> = { healthy: takes, 'answering 503': isAway, hung: hangs };
const MODES: readonly { readonly closing: Closing; readonly delivery: Delivery }[] = [
  { closing: 'auto', delivery: 'auto' },
  { closing: 'activity', delivery: 'auto' },
  { closing: 'background', delivery: 'auto' },
  { closing: 'record', delivery: 'auto' },
  { closing: 'activity', delivery: 'remote' },
  { closing: 'activity', delivery: 'local' },
];
const CASES = MODES.flatMap((mode) => Object.entries(PROCESSORS).map(([state, behaviour]) => ({ ...mode, state, behaviour })));
const activities = { prepare: async () => {} };

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/drain.ts', import.meta.url)));
});

describeWith('temporalServer')('a workflow that drains signals and returns, flooded with signalWithStart', () => {
  test('processes every accepted signal untraced', async () => {
    const bench = await setUpBench('flood');
    for (const { accepted, processed, failures } of await floodBench(bench)) {
      expect(processed).toEqual(accepted);
      expect(failures).toEqual([]);
    }
  });

  test.each(CASES)('processes every accepted signal: closing $closing, delivery $delivery, processor $state', async (mode) => {
    const bench = await setUpBench('flood');
    const processor = new ScriptedProcessor('scripted', mode.behaviour);
    const { plugin } = quietPlugin({
      processors: [processor],
      closing: mode.closing,
      delivery: mode.delivery,
      shutdownTimeoutMs: 100,
    });
    for (const { accepted, processed, failures } of await floodBench(bench, plugin)) {
      expect(processed).toEqual(accepted);
      expect(failures).toEqual([]);
    }
    expect(processor.calls.length).toBeGreaterThan(0);
  });
});

interface Flooded {
  readonly accepted: string[];
  readonly processed: string[];
  readonly failures: string[];
}

function floodBench(bench: Bench, plugin?: EverspanPlugin): Promise<Flooded[]> {
  const options = {
    activities,
    workflowBundle: plugin === undefined ? bundles.untraced : bundles.traced,
    ...(plugin === undefined ? {} : { plugins: [plugin] }),
  };
  return withWorker(bench, options, () =>
    Promise.all([
      floodWorkflow(bench, 'drainAtOnce', []),
      floodWorkflow(bench, 'drainSignals', []),
      floodWorkflow(bench, 'drainAndContinue', [3, []]),
    ]),
  );
}

async function floodWorkflow(bench: Bench, workflowType: string, args: unknown[]): Promise<Flooded> {
  const { accepted, runs } = await flood(bench, workflowType, args);
  const processed = new Set<string>();
  const failures: string[] = [];
  for (const [runId, handle] of runs) {
    // Each run of a chain of continued ones is answered with what the last of them has done: all of it.
    for (const id of (await handle.result()) as string[]) processed.add(id);
    failures.push(...taskFailures(await eventsOf(bench.client, handle.workflowId, runId)));
  }
  return { accepted: accepted.sort(), processed: [...processed].sort(), failures };
}

/** Several senders at once, each as fast as the server takes its signals. */
async function flood(bench: Bench, workflowType: string, args: unknown[]) {
  const workflowId = `${bench.taskQueue}-${workflowType}`;
  const accepted: string[] = [];
  const runs = new Map<string, WorkflowHandleWithSignaledRunId>();
  const send = async (sender: number) => {
    for (let turn = 0; turn < SIGNALS / SENDERS; turn += 1) {
      const id = `${sender}-${turn}`;
      const handle = await bench.client.workflow.signalWithStart(workflowType, {
        workflowId,
        taskQueue: bench.taskQueue,
        args,
        signal: 'item',
        signalArgs: [id],
      });
      accepted.push(id);
      // The handle of signalWithStart follows the latest run; a signal belongs to the run that took it.
      const { signaledRunId } = handle;
      runs.set(signaledRunId, { ...bench.client.workflow.getHandle(workflowId, signaledRunId), signaledRunId });
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
  return { accepted, runs };
}
