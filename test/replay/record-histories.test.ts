import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import * as nexus from 'nexus-rpc';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { eventsOf, isMarked, taskFailures, userCommands } from '../helpers/event-history.js';
import { isAway, ScriptedProcessor } from '../helpers/scripted-processor.js';
import { describeWith } from '../helpers/servers.js';
import { type Bench, type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';
import { RECORDED_RUNS, recordedActivities, runRecorded } from './recorded-runs.js';
import { echoes } from './workflows/recorded.js';

// Where this is set, histories that are not yet kept are written.
const IS_RECORDING = process.env['EVERSPAN_RECORD_HISTORIES'] === '1';
const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const activities = recordedActivities(() => Context.current().info.attempt);
const nexusServices = [nexus.serviceHandler(echoes, { echo: async (_ctx, text) => text })];
const sinks = { observer: { drawn: { fn: () => {}, callDuringReplay: true } } };

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/recorded.ts', import.meta.url)));
});

describeWith('temporalServer')('a run of each recorded workflow', () => {
  test.each(RECORDED_RUNS)('$name: the same commands in the same order, traced and untraced, and both replay', async (run) => {
    const [traced, untraced] = [await setUpBench('record'), await setUpBench('record')];
    const memory = new InMemoryProcessor();
    let away = run.awayFor ?? 0;
    const processor = new ScriptedProcessor('scripted', (spans, context) => {
      away -= 1;
      return away >= 0 ? isAway(spans, context) : memory.end(spans, context);
    });
    const { plugin } = quietPlugin({ processors: [processor], ...run.everspan });
    const record = async (bench: Bench, kind: 'traced' | 'untraced') => {
      const { client, taskQueue } = bench;
      const options = {
        workflowBundle: bundles[kind],
        activities,
        nexusServices,
        sinks,
        plugins: kind === 'traced' ? [plugin] : [],
      };
      const args = run.callsNexus === true ? [await createEndpoint(bench)] : [];
      const handle = await withWorker(bench, options, () => runRecorded(client, taskQueue, run, args));
      const history = await handle.fetchHistory();
      const events = await eventsOf(client, handle.workflowId, (await handle.describe()).runId);
      expect(taskFailures(events)).toEqual([]);
      expect(isMarked(events)).toBe(kind === 'traced');
      await Worker.runReplayHistory({ workflowBundle: bundles.traced, plugins: [plugin], sinks }, history, handle.workflowId);
      if (IS_RECORDING) keep(kind === 'traced' ? 'everspan-1' : 'untraced', run.name, historyToJSON(history));
      return userCommands(events);
    };
    const [expected, actual] = await Promise.all([record(untraced, 'untraced'), record(traced, 'traced')]);
    expect(actual).toEqual(expected);
    expect(memory.open()).toEqual([]);
  });
});

/** A Nexus endpoint that leads to the bench's queue, until the test ends. */
async function createEndpoint({ client, taskQueue }: Bench): Promise<string> {
  const { operatorService } = client.connection;
  const target = { worker: { namespace: client.options.namespace, taskQueue } };
  const { endpoint } = await operatorService.createNexusEndpoint({ spec: { name: taskQueue, target } });
  onTestFinished(async () => {
    await operatorService.deleteNexusEndpoint({ id: endpoint?.id ?? '', version: endpoint?.version ?? null });
  });
  return taskQueue;
}

function keep(folder: string, name: string, json: string): void {
  const path = fileURLToPath(new URL(`../histories/${folder}/${kebab(name)}.json`, import.meta.url));
  if (existsSync(path)) return;
  mkdirSync(fileURLToPath(new URL(`../histories/${folder}/`, import.meta.url)), { recursive: true });
  // Stack traces name this machine's folders. What a large batch holds is not looked at in replay, and would be most of all the files.
  const kept = json.replaceAll(REPOSITORY, '/everspan/').replaceAll(/"data": "[^"]{40000,}"/g, '"data": "e30="');
  writeFileSync(path, `${kept}\n`);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
