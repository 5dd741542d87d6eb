import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { type ReplayWorkerOptions, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { isMarked } from '../helpers/event-history.js';
import { installQuietRuntime } from '../helpers/temporal.js';
import { type Bundles, makeBundles, quietPlugin } from '../helpers/worker-harness.js';
import { RECORDED_RUNS } from './recorded-runs.js';

const workflowsPath = fileURLToPath(new URL('./workflows/recorded.ts', import.meta.url));
const UNTRACED = readHistories('untraced');
const TRACED = readHistories('everspan-1');

interface RecordedHistory {
  readonly name: string;
  readonly history: ReturnType<typeof historyFromJSON>;
}

let bundles: Bundles;
beforeAll(async () => {
  installQuietRuntime();
  bundles = await makeBundles(workflowsPath);
});

function readHistories(folder: string): RecordedHistory[] {
  const directory = fileURLToPath(new URL(`../histories/${folder}/`, import.meta.url));
  return readdirSync(directory).map((file) => ({
    name: file.replace('.json', ''),
    history: historyFromJSON(JSON.parse(readFileSync(`${directory}${file}`, 'utf8'))),
  }));
}

/** What each replay threw, by history; empty where all replayed. Also what the user's code drew. */
async function replay(options: ReplayWorkerOptions, histories: readonly RecordedHistory[]) {
  const drawn: string[] = [];
  const sinks = {
    observer: { drawn: { fn: (_info: unknown, values: string[]) => void drawn.push(...values), callDuringReplay: true } },
  };
  const failures: Record<string, string> = {};
  const iterable = histories.map(({ name, history }) => ({ workflowId: name, history }));
  for await (const result of Worker.runReplayHistories({ sinks, ...options }, iterable)) {
    if (result.error !== undefined) failures[result.workflowId] = result.error.message;
  }
  return { failures, drawn };
}

describe('recorded histories', () => {
  test('there is one of each recorded workflow, untraced and traced', () => {
    const names = RECORDED_RUNS.map(({ name }) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)).sort();
    expect(UNTRACED.map(({ name }) => name).sort()).toEqual(names);
    expect(TRACED.map(({ name }) => name).sort()).toEqual(names);
    expect(UNTRACED.filter(({ history }) => isMarked(history.events ?? []))).toEqual([]);
    expect(TRACED.filter(({ history }) => !isMarked(history.events ?? []))).toEqual([]);
  });

  test('untraced ones replay with the plugin, and without', async () => {
    const { plugin } = quietPlugin({ processors: [new InMemoryProcessor()] });
    expect((await replay({ workflowsPath, plugins: [plugin] }, UNTRACED)).failures).toEqual({});
    expect((await replay({ workflowBundle: bundles.untraced }, UNTRACED)).failures).toEqual({});
  });

  test.each(['on', 'off'] as const)('traced ones replay with the plugin in mode %s, and nothing is delivered', async (mode) => {
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory], mode });
    expect((await replay({ workflowsPath, plugins: [plugin] }, TRACED)).failures).toEqual({});
    expect(memory.events()).toEqual([]);
  });

  test('traced ones replay with the plugin whatever its options say now: they were recorded', async () => {
    const { plugin } = quietPlugin({
      processors: [new InMemoryProcessor()],
      delivery: 'remote',
      closing: 'record',
      lingerMs: 0,
      sampleRatio: 0,
    });
    expect((await replay({ workflowBundle: bundles.traced, plugins: [plugin] }, TRACED)).failures).toEqual({});
  });

  test('traced ones fail without the plugin, every one', async () => {
    const { failures } = await replay({ workflowBundle: bundles.untraced }, TRACED);
    expect(Object.keys(failures).sort()).toEqual(TRACED.map(({ name }) => name).sort());
    for (const message of Object.values(failures)) expect(message).toMatch(/patch|Nondeterminism/i);
  });

  test('a plugin and interceptors registered by hand as well replay as one', async () => {
    const { plugin } = quietPlugin({ processors: [new InMemoryProcessor()] });
    const interceptors = {
      workflowModules: [fileURLToPath(new URL('../../src/interceptors/workflow-interceptors.ts', import.meta.url))],
    };
    expect((await replay({ workflowsPath, interceptors, plugins: [plugin, plugin] }, TRACED)).failures).toEqual({});
  });
});

const drawing = (histories: readonly RecordedHistory[]) => histories.filter(({ name }) => name === 'draws');

describe("what the user's code draws", () => {
  test('is the same with the plugin as without, in an untraced history', async () => {
    const without = await replay({ workflowBundle: bundles.untraced }, drawing(UNTRACED));
    const withPlugin = await replay({ workflowBundle: bundles.traced }, drawing(UNTRACED));
    expect(without.drawn).toHaveLength(5);
    expect(withPlugin.drawn).toEqual(without.drawn);
  });

  test('is the same in a traced run as untraced code draws with its seed', async () => {
    const [traced] = drawing(TRACED);
    const [untraced] = drawing(UNTRACED);
    const seed = traced?.history.events?.[0]?.workflowExecutionStartedEventAttributes?.originalExecutionRunId;
    // The seed follows from the run's id: the untraced history under the id of the traced one draws what that one must have drawn.
    const [started, ...rest] = untraced?.history.events ?? [];
    const reseeded = {
      events: [
        {
          ...started,
          workflowExecutionStartedEventAttributes: {
            ...started?.workflowExecutionStartedEventAttributes,
            originalExecutionRunId: seed ?? '',
          },
        },
        ...rest,
      ],
    };
    const expected = await replay({ workflowBundle: bundles.untraced }, [{ name: 'draws', history: reseeded }]);
    const actual = await replay({ workflowBundle: bundles.traced }, drawing(TRACED));
    expect(actual.drawn).toHaveLength(5);
    expect(actual.drawn).toEqual(expected.drawn);
    expect(actual.drawn).not.toEqual((await replay({ workflowBundle: bundles.untraced }, drawing(UNTRACED))).drawn);
  });
});
