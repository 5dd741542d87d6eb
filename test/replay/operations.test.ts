import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { eventsOf, isMarked, taskFailures, userCommands } from '../helpers/event-history.js';
import { describeWith } from '../helpers/servers.js';
import { installQuietRuntime } from '../helpers/temporal.js';
import { type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';
import { OPERATION_RUNS, operationRunActivities, recordedStore } from './operation-runs.js';
import { runRecorded } from './recorded-runs.js';

// Where this is set, histories that are not yet kept are written.
const IS_RECORDING = process.env['EVERSPAN_RECORD_HISTORIES'] === '1';
const FOLDER = fileURLToPath(new URL('../histories/operations-1/', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const MODES = ['on', 'off'] as const;

let bundles: Bundles;
beforeAll(async () => {
  installQuietRuntime();
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/operations.ts', import.meta.url)));
});

interface Recorded {
  readonly name: string;
  readonly workflowId: string;
  readonly history: ReturnType<typeof historyFromJSON>;
  readonly commands: readonly string[];
}

/** Runs all of them at once, on one worker for each kind of store. */
async function runAll(mode: 'on' | 'off'): Promise<Recorded[]> {
  const kinds = [
    OPERATION_RUNS.filter((run) => run.isStoreAway !== true),
    OPERATION_RUNS.filter((run) => run.isStoreAway === true),
  ];
  const recorded = await Promise.all(
    kinds.map(async (runs) => {
      const bench = await setUpBench('operations');
      const { client, taskQueue } = bench;
      const store = recordedStore(runs[0]?.isStoreAway === true);
      const { plugin } = quietPlugin({
        processors: [new InMemoryProcessor()],
        mode,
        operations: { store, watchdog: 'elsewhere' },
      });
      const options = { workflowBundle: bundles.traced, activities: operationRunActivities, plugins: [plugin] };
      const handles = await withWorker(bench, options, () => Promise.all(runs.map((run) => runRecorded(client, taskQueue, run))));
      return Promise.all(
        handles.map(async (handle, index) => {
          const events = await eventsOf(client, handle.workflowId, (await handle.describe()).runId);
          expect(taskFailures(events)).toEqual([]);
          expect(isMarked(events)).toBe(mode === 'on');
          const name = runs[index]?.name ?? '';
          const commands = userCommands(events).filter((line) => !line.includes('_OPERATION '));
          return { name, workflowId: handle.workflowId, history: await handle.fetchHistory(), commands };
        }),
      );
    }),
  );
  return recorded.flat();
}

/** What each replay threw, by history; empty where all replayed. No operation can be driven on such a worker, only replayed. */
async function replay(
  mode: 'on' | 'off',
  histories: readonly Pick<Recorded, 'workflowId' | 'history'>[],
): Promise<Record<string, string>> {
  const memory = new InMemoryProcessor();
  const { plugin } = quietPlugin({ processors: [memory], mode });
  const failures: Record<string, string> = {};
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: bundles.traced, plugins: [plugin] },
    histories,
  )) {
    if (error !== undefined) failures[workflowId] = error.message;
  }
  expect(memory.events()).toEqual([]);
  return failures;
}

describeWith('temporalServer')('runs that drive operations', () => {
  test('replay, traced and not, and the commands of the user are the same', async () => {
    const [traced, untraced] = [await runAll('on'), await runAll('off')];
    for (const mode of MODES) {
      expect(await replay(mode, traced)).toEqual({});
      expect(await replay(mode, untraced)).toEqual({});
    }
    for (const { name, commands } of traced) {
      // Side by side the user's branches race in any case.
      if (name.startsWith('besideLocals')) continue;
      expect({ name, commands: untraced.find((one) => one.name === name)?.commands }).toEqual({ name, commands });
    }
    if (!IS_RECORDING) return;
    for (const { name, history } of traced) keep(`${name}-traced`, historyToJSON(history));
    for (const { name, history } of untraced) keep(`${name}-untraced`, historyToJSON(history));
  });
});

describe('recorded histories with operations', () => {
  const histories = existsSync(FOLDER)
    ? readdirSync(FOLDER).map((file) => ({
        workflowId: file.replace('.json', ''),
        history: historyFromJSON(JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8'))),
      }))
    : [];

  test('there are two of each run, traced and not', () => {
    const names = OPERATION_RUNS.flatMap(({ name }) => [`${kebab(name)}-traced`, `${kebab(name)}-untraced`]);
    expect(histories.map(({ workflowId }) => workflowId).sort()).toEqual(names.sort());
  });

  test.each(MODES)('replay in mode %s, on a worker without operations', async (mode) => {
    expect(await replay(mode, histories)).toEqual({});
  });

  test('one with another call in the place of the first does not', async () => {
    const [away] = histories.filter(({ workflowId }) => workflowId === 'driven-away-untraced');
    const first = away?.history.events?.find(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'CREATE_OPERATION',
    );
    const scheduled = first?.activityTaskScheduledEventAttributes;
    if (scheduled === undefined || scheduled === null) throw new TypeError('no remote call of an operation in this history');
    scheduled.activityType = { name: 'RENEW_OPERATION' };
    const [failure] = Object.values(await replay('on', away === undefined ? [] : [away]));
    expect(failure).toMatch(/Nondeterminism/i);
  });
});

function keep(name: string, json: string): void {
  const path = `${FOLDER}${kebab(name)}.json`;
  if (existsSync(path)) return;
  mkdirSync(FOLDER, { recursive: true });
  // Stack traces name the folders of the machine that recorded.
  writeFileSync(path, `${json.replaceAll(ROOT, '/everspan')}\n`);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
