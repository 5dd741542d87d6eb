import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import {
  type ActivityInterceptorsFactory,
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Worker,
} from '@temporalio/worker';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { EverspanConfigError } from '../../src/index.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { END_SPAN, START_SPAN } from '../../src/wire/activity-names.js';
import { eventsOf, taskFailures } from '../helpers/event-history.js';
import { hangs, ScriptedProcessor } from '../helpers/scripted-processor.js';
import { describeWith } from '../helpers/servers.js';
import { installQuietRuntime, temporalAddress, uniqueQueue } from '../helpers/temporal.js';
import { type Bundles, createWorker, makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';

const workflowsPath = fileURLToPath(new URL('./workflows/plain.ts', import.meta.url));
const interceptorsPath = fileURLToPath(new URL('./workflows/counting-interceptors.ts', import.meta.url));
const activities = { step: async (value: number) => value };
const EXPECTED_TYPES = ['activity', 'attempt', 'client_start', 'workflow'];

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(workflowsPath);
});

describeWith('temporalServer')('the plugin', () => {
  test('is applied once however often it is registered', async () => {
    installQuietRuntime();
    const memory = new InMemoryProcessor();
    const { plugin, warnings } = quietPlugin({ processors: [memory] });
    const address = temporalAddress();
    const connection = await Connection.connect({ address, plugins: [plugin] });
    onTestFinished(() => connection.close());
    const native = await NativeConnection.connect({ address, plugins: [plugin] });
    onTestFinished(() => native.close());
    const client = new Client({ connection, plugins: [plugin, plugin] });
    const taskQueue = uniqueQueue('plugin');
    const worker = await Worker.create({ connection: native, taskQueue, workflowsPath, activities, plugins: [plugin, plugin] });
    await worker.runUntil(client.workflow.execute('plain', { workflowId: taskQueue, taskQueue, args: [1] }));
    const ended = memory.events().filter((event) => event.endTime !== undefined);
    expect(ended.map((event) => event.type).sort()).toEqual(EXPECTED_TYPES);
    expect(new Set(ended.map((event) => event.traceId)).size).toBe(1);
    expect(warnings).toEqual([]);
  });

  test('is applied once where a test environment hands it to both connections and the client', async () => {
    installQuietRuntime();
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    const environment = await TestWorkflowEnvironment.createFromExistingServer({ address: temporalAddress(), plugins: [plugin] });
    onTestFinished(() => environment.teardown());
    const taskQueue = uniqueQueue('plugin');
    const { client, nativeConnection } = environment;
    const worker = await Worker.create({ connection: nativeConnection, taskQueue, workflowsPath, activities });
    await worker.runUntil(client.workflow.execute('plain', { workflowId: taskQueue, taskQueue, args: [1] }));
    const ended = memory.events().filter((event) => event.endTime !== undefined);
    expect(ended.map((event) => event.type).sort()).toEqual(EXPECTED_TYPES);
  });

  test('starts no timer that keeps a process alive, though its processor hangs', async () => {
    const bench = await setUpBench('plugin');
    const { taskQueue } = bench;
    const processor = new ScriptedProcessor('scripted', hangs);
    const { plugin } = quietPlugin({ processors: [processor] });
    const client = new Client({ connection: bench.client.connection, plugins: [plugin] });
    const start = (from: Client, name: string) =>
      from.workflow.start('plain', { workflowId: `${taskQueue}-${name}`, taskQueue, args: [1] });
    const started: NodeJS.Timeout[] = [];
    const { setTimeout: startTimer } = globalThis;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((...args) => {
      const timer = startTimer(...args);
      if (/\/src\/(?:activities|interceptors|plugin)\//.test(new Error('where').stack ?? '')) started.push(timer);
      return timer;
    });
    await start(client, 'traced');
    await expect.poll(() => processor.calls.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(started.length).toBeGreaterThan(0);
    expect(started.filter((timer) => timer.hasRef())).toEqual([]);
  });

  test("keeps every interceptor of the user's; those inside a workflow see nothing of ours", async () => {
    const bench = await setUpBench('plugin');
    const { taskQueue } = bench;
    const seen: string[] = [];
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    const clientInterceptor: WorkflowClientInterceptor = {
      startWithDetails: (input, next) => {
        seen.push('client start');
        return next(input);
      },
    };
    const activityInterceptor: ActivityInterceptorsFactory = (context) => ({
      inbound: {
        execute: (input, next) => {
          // Ours are activities of the worker like any other.
          if (!context.info.activityType.endsWith('_SPAN')) seen.push(`activity ${context.info.activityType}`);
          return next(input);
        },
      },
    });
    const interceptors = { workflow: [clientInterceptor], schedule: [{}], nexus: [{}], activity: [{}] };
    const client = new Client({ connection: bench.client.connection, plugins: [plugin], interceptors });
    const configured = plugin.configureClient({ interceptors }).interceptors;
    for (const kind of ['workflow', 'schedule', 'nexus', 'activity'] as const) {
      expect(configured?.[kind]).toEqual([...interceptors[kind], expect.anything()]);
    }
    const options = {
      workflowsPath,
      activities,
      plugins: [plugin],
      interceptors: { activity: [activityInterceptor], workflowModules: [interceptorsPath] },
      sinks: { counting: { called: { fn: (_info: unknown, hook: string) => void seen.push(hook), callDuringReplay: false } } },
    };
    await withWorker(bench, options, () => client.workflow.execute('plain', { workflowId: taskQueue, taskQueue, args: [1] }));
    expect(seen).toEqual(['client start', 'execute', 'scheduleActivity step', 'activity step']);
    expect(memory.open()).toEqual([]);
  });

  test.each([START_SPAN, END_SPAN])('refuses an activity of the user named %s', async (name) => {
    const bench = await setUpBench('plugin');
    const { plugin } = quietPlugin({ processors: [new InMemoryProcessor()] });
    const creating = createWorker(bench, {
      workflowBundle: bundles.traced,
      activities: { [name]: async () => {} },
      plugins: [plugin],
    });
    await expect(creating).rejects.toThrow(EverspanConfigError);
    await expect(creating).rejects.toThrow(`registers an activity named ${name}, which everspan needs: rename yours`);
  });

  test('warns of a bundle that was made without it, whose workflows run untraced', async () => {
    const bench = await setUpBench('plugin');
    const { client, taskQueue } = bench;
    const memory = new InMemoryProcessor();
    const { plugin, warnings } = quietPlugin({ processors: [memory] });
    const options = { workflowBundle: bundles.untraced, activities, plugins: [plugin] };
    const value: unknown = await withWorker(bench, options, () =>
      client.workflow.execute('plain', { workflowId: taskQueue, taskQueue, args: [7] }),
    );
    expect(value).toBe(7);
    expect(warnings).toEqual([
      expect.stringMatching(/was made without everspan's interceptors.+pass plugins: \[everspan\] to bundleWorkflowCode/),
    ]);
    expect(memory.spans().filter((span) => span.type === 'workflow')).toEqual([]);
    expect(taskFailures(await eventsOf(client, taskQueue))).toEqual([]);
  });

  test('says nothing of a bundle that was made with it', async () => {
    const bench = await setUpBench('plugin');
    const { client, taskQueue } = bench;
    const memory = new InMemoryProcessor();
    const { plugin, warnings } = quietPlugin({ processors: [memory] });
    const workflowBundle = await bundleWorkflowCode({ workflowsPath, plugins: [plugin], logger: new DefaultLogger('ERROR') });
    await withWorker(bench, { workflowBundle, activities, plugins: [plugin] }, () =>
      client.workflow.execute('plain', { workflowId: taskQueue, taskQueue, args: [7] }),
    );
    expect(warnings).toEqual([]);
    expect(memory.spans().filter((span) => span.type === 'workflow' && span.status === 'OK')).toHaveLength(1);
  });

  test('serves several namespaces, queues and workers of one process at once', async () => {
    const bench = await setUpBench('plugin');
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory] });
    const namespace = uniqueQueue('other');
    await bench.client.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    const places = ['default', namespace].flatMap((name) =>
      [1, 2].map((queue) => ({ namespace: name, taskQueue: `${bench.taskQueue}-${queue}` })),
    );
    const runs = places.map(async (place) => {
      // A new namespace is not known to every part of the server at once.
      const worker = await untilItWorks(() =>
        createWorker(
          { ...bench, ...place },
          { namespace: place.namespace, workflowBundle: bundles.traced, activities, plugins: [plugin] },
        ),
      );
      const client = new Client({ connection: bench.client.connection, namespace: place.namespace });
      return worker.runUntil(
        untilItWorks<unknown>(() =>
          client.workflow.execute<(value: number) => Promise<number>>('plain', {
            workflowId: place.taskQueue,
            taskQueue: place.taskQueue,
            args: [1],
          }),
        ),
      );
    });
    expect(await Promise.all(runs)).toEqual([1, 1, 1, 1]);
    const roots = memory.spans().filter((span) => span.type === 'workflow' && span.status === 'OK');
    const found = roots.map((span) => [span.attributes['temporal.namespace'], span.attributes['temporal.task_queue']].join(' '));
    expect(found.sort()).toEqual(places.map((place) => `${place.namespace} ${place.taskQueue}`).sort());
  });

  test('lets a worker stop though its processor hangs, and says what was lost', async () => {
    const bench = await setUpBench('plugin');
    const { client, taskQueue } = bench;
    const processor = new ScriptedProcessor('scripted', hangs);
    const { plugin } = quietPlugin({ processors: [processor], shutdownTimeoutMs: 200 });
    // It ends: that the flush is bounded is what this shows.
    await withWorker(bench, { workflowBundle: bundles.traced, activities, plugins: [plugin] }, () =>
      client.workflow.execute('plain', { workflowId: taskQueue, taskQueue, args: [1] }),
    );
    expect(processor.calls.length).toBeGreaterThan(0);
    await plugin.shutdown(200);
    expect(processor.shutdowns).toBe(1);
    expect(plugin.stats().dropped['shutdown']).toBeGreaterThan(0);
  });
});

async function untilItWorks<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 40 || !/not found/i.test(String(error))) throw error;
      await sleep(500);
    }
  }
}
