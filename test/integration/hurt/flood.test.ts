import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { beforeAll, expect, test } from 'vitest';
import type { Closing, Delivery } from '../../../src/wire/span-batch.js';
import { eventsOf, taskFailures } from '../../helpers/event-history.js';
import { type Behaviour, hangs, isAway, ScriptedProcessor, takes } from '../../helpers/scripted-processor.js';
import { describeWith } from '../../helpers/servers.js';
import { type Bench, type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../../helpers/worker-harness.js';
import { uniqueQueue } from '../../helpers/temporal.js';

/** Signals go on until so many runs have taken some: what comes while a run closes must be in the next. */
const RUNS = 3;
const SENDERS = 2;
/** Of a sender: far more than it takes, so that a flood ends. */
const SIGNALS_MAX = 400;

interface Mode {
  readonly closing: Closing;
  readonly delivery: Delivery;
}
const DEFAULT: Mode = { closing: 'auto', delivery: 'auto' };
const BY_ACTIVITY: Mode = { closing: 'activity', delivery: 'auto' };
const DIRECT: Mode = { closing: 'direct', delivery: 'auto' };
const MODES: readonly Mode[] = [
  DEFAULT,
  BY_ACTIVITY,
  DIRECT,
  { closing: 'background', delivery: 'auto' },
  { closing: 'record', delivery: 'auto' },
  { closing: 'activity', delivery: 'remote' },
  { closing: 'activity', delivery: 'local' },
];
const WORKFLOWS: readonly { readonly type: string; readonly args: unknown[] }[] = [
  { type: 'drainAtOnce', args: [] },
  { type: 'drainSignals', args: [] },
  { type: 'drainAndContinue', args: [3, []] },
];
const activities = { prepare: async () => {} };

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/drain.ts', import.meta.url)));
});

// Each mode has a worker and a queue of its own; they run side by side, as each waits for the server most of the time.
describeWith('temporalServer')(
  'a workflow that drains signals and returns, flooded with signalWithStart, processes every accepted signal',
  () => {
    test.each<[string, Behaviour, readonly (Mode | undefined)[]]>([
      ['untraced, and in every mode with a healthy processor', takes, [undefined, ...MODES]],
      ['with a processor that answers 503', isAway, [DEFAULT, BY_ACTIVITY, DIRECT]],
      ['with a processor that hangs', hangs, [DEFAULT, BY_ACTIVITY, DIRECT]],
    ])('%s', async (_state, behaviour, modes) => {
      const bench = await setUpBench('flood');
      const told = await Promise.all(
        modes.map((mode) => floodMode({ ...bench, taskQueue: uniqueQueue('flood') }, mode, behaviour)),
      );
      expect(told.flat().filter(({ lost, failures }) => lost.length > 0 || failures.length > 0)).toEqual([]);
      for (const { runs } of told.flat()) expect(runs).toBeGreaterThanOrEqual(RUNS);
    });
  },
);

interface Flooded {
  readonly mode: string;
  readonly workflow: string;
  readonly runs: number;
  /** Ids of signals that the server accepted and no run processed. */
  readonly lost: readonly string[];
  readonly failures: readonly string[];
}

async function floodMode(bench: Bench, mode: Mode | undefined, behaviour: Behaviour): Promise<Flooded[]> {
  const name = mode === undefined ? 'untraced' : `closing ${mode.closing}, delivery ${mode.delivery}`;
  const processor = new ScriptedProcessor('scripted', behaviour);
  const plugins = mode === undefined ? [] : [quietPlugin({ processors: [processor], ...mode, shutdownTimeoutMs: 100 }).plugin];
  const workflowBundle = mode === undefined ? bundles.untraced : bundles.traced;
  const flooded = await withWorker(bench, { activities, workflowBundle, plugins }, () =>
    Promise.all(WORKFLOWS.map(({ type, args }) => floodWorkflow(bench, type, args))),
  );
  if (mode !== undefined) expect(processor.calls.length).toBeGreaterThan(0);
  return flooded.map((one) => ({ mode: name, ...one }));
}

async function floodWorkflow(bench: Bench, workflow: string, args: unknown[]): Promise<Omit<Flooded, 'mode'>> {
  const { accepted, runs } = await flood(bench, workflow, args);
  const processed = new Set<string>();
  const failures: string[] = [];
  for (const [runId, handle] of runs) {
    // Each run of a chain of continued ones is answered with what the last of them has done: all of it.
    for (const id of (await handle.result()) as string[]) processed.add(id);
    failures.push(...taskFailures(await eventsOf(bench.client, handle.workflowId, runId)));
  }
  return { workflow, runs: runs.size, lost: accepted.filter((id) => !processed.has(id)), failures };
}

/** Several senders at once, each as fast as the server takes its signals. */
async function flood(bench: Bench, workflowType: string, args: unknown[]) {
  const { client, taskQueue } = bench;
  const workflowId = `${taskQueue}-${workflowType}`;
  const accepted: string[] = [];
  const runs = new Map<string, WorkflowHandle>();
  const send = async (sender: number) => {
    for (let turn = 0; turn < SIGNALS_MAX && runs.size < RUNS; turn += 1) {
      const id = `${sender}-${turn}`;
      const options = { workflowId, taskQueue, args, signal: 'item', signalArgs: [id] };
      // The handle of signalWithStart follows the latest run; a signal belongs to the run that took it.
      const { signaledRunId } = await client.workflow.signalWithStart(workflowType, options);
      accepted.push(id);
      runs.set(signaledRunId, client.workflow.getHandle(workflowId, signaledRunId));
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
  return { accepted, runs };
}
