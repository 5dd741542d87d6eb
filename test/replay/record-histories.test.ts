import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { eventsOf, isMarked, taskFailures, userCommands } from '../helpers/event-history.js';
import { describeWith } from '../helpers/servers.js';
import { type Bench, type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';
import { RECORDED_RUNS, recordedActivities, runRecorded } from './recorded-runs.js';

// Where this is set, histories that are not yet kept are written.
const IS_RECORDING = process.env['EVERSPAN_RECORD_HISTORIES'] === '1';
const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const activities = recordedActivities(() => Context.current().info.attempt);
const sinks = { observer: { drawn: { fn: () => {}, callDuringReplay: true } } };

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/recorded.ts', import.meta.url)));
});

describeWith('temporalServer')('a run of each recorded workflow', () => {
  test.each(RECORDED_RUNS)('$name: the same commands in the same order, traced and untraced, and both replay', async (run) => {
    const [traced, untraced] = [await setUpBench('record'), await setUpBench('record')];
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory], ...run.everspan });
    const record = async (bench: Bench, kind: 'traced' | 'untraced') => {
      const { client, taskQueue } = bench;
      const plugins = kind === 'traced' ? [plugin] : [];
      const handle = await withWorker(bench, { workflowBundle: bundles[kind], activities, sinks, plugins }, () =>
        runRecorded(client, taskQueue, run),
      );
      const history = await handle.fetchHistory();
      const events = await eventsOf(client, handle.workflowId, (await handle.describe()).runId);
      expect(taskFailures(events)).toEqual([]);
      expect(isMarked(events)).toBe(kind === 'traced');
      await Worker.runReplayHistory({ workflowBundle: bundles.traced, plugins: [plugin], sinks }, history, handle.workflowId);
      if (IS_RECORDING) keep(kind === 'traced' ? 'everspan-1' : 'untraced', run.name, historyToJSON(history));
      return userCommands(events);
    };
    const expected = await record(untraced, 'untraced');
    expect(await record(traced, 'traced')).toEqual(expected);
    expect(memory.open()).toEqual([]);
  });
});

function keep(folder: string, name: string, json: string): void {
  const path = fileURLToPath(new URL(`../histories/${folder}/${kebab(name)}.json`, import.meta.url));
  if (existsSync(path)) return;
  mkdirSync(fileURLToPath(new URL(`../histories/${folder}/`, import.meta.url)), { recursive: true });
  // Stack traces name this machine's folders.
  writeFileSync(path, `${json.replaceAll(REPOSITORY, '/everspan/')}\n`);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
