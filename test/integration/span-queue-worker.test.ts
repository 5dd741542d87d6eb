import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { SpanQueueWorkers } from '../../src/plugin/span-queue-worker.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { END_SPAN, START_SPAN } from '../../src/wire/activity-names.js';
import { defer } from '../helpers/deferred.js';
import { describeWith } from '../helpers/servers.js';
import { connectWorker, uniqueQueue } from '../helpers/temporal.js';
import { type Bundles, createWorker, makeBundles, quietPlugin, setUpBench } from '../helpers/worker-harness.js';

const workflowsPath = fileURLToPath(new URL('./workflows/plain.ts', import.meta.url));
let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(workflowsPath);
});

describeWith('temporalServer')('a span-queue worker that fails', () => {
  test('is told of at once, by the logger and in the stats, while the user’s worker runs on', async () => {
    const bench = await setUpBench('span-queue');
    // A queue that another worker of this connection takes already: the SDK refuses a second one.
    const spanTaskQueue = uniqueQueue('taken');
    const taker = await createWorker({ ...bench, taskQueue: spanTaskQueue }, { activities: { step: async () => 1 } });
    const taking = taker.run();
    const { plugin, warnings } = quietPlugin({ processors: [new InMemoryProcessor()], spanTaskQueue });
    const worker = await createWorker(bench, { workflowBundle: bundles.traced, plugins: [plugin] });
    expect(plugin.stats().spanQueues).toEqual([]);
    const running = worker.run();
    await expect
      .poll(() => plugin.stats().spanQueues, { timeout: 30_000 })
      .toMatchObject([{ taskQueue: spanTaskQueue, namespace: 'default', state: 'failed', problem: expect.any(String) }]);
    expect(warnings).toEqual([expect.stringContaining(`the worker of task queue ${spanTaskQueue} does not run`)]);
    expect(worker.getState()).toBe('RUNNING');
    worker.shutdown();
    await running;
    // Once, not again at the end.
    expect(warnings).toHaveLength(1);
    expect(plugin.stats().spanQueues).toEqual([]);
    taker.shutdown();
    await taking;
  });

  test('that dies while it polls is told of as well', async () => {
    const warnings: string[] = [];
    const workers = new SpanQueueWorkers({ warn: (message: string) => void warnings.push(message) });
    const connection = await connectWorker();
    const queue = {
      taskQueue: uniqueQueue('spans'),
      namespace: 'no-such-namespace',
      connection,
      identity: undefined,
      dataConverter: undefined,
    };
    const work = defer();
    const ownWork = async () => ({ activities: { [START_SPAN]: async () => 1, [END_SPAN]: async () => 1 } });
    const during = workers.during(queue, ownWork, () => work.promise);
    await expect
      .poll(() => workers.stats(), { timeout: 30_000 })
      .toMatchObject([{ namespace: 'no-such-namespace', state: 'failed' }]);
    expect(warnings).toEqual([expect.stringContaining('no-such-namespace')]);
    work.resolve();
    await during;
    expect(warnings).toHaveLength(1);
  });

  test('is replaced for the worker that comes next', async () => {
    const warnings: string[] = [];
    const workers = new SpanQueueWorkers({ warn: (message: string) => void warnings.push(message) });
    const connection = await connectWorker();
    const queue = {
      taskQueue: uniqueQueue('spans'),
      namespace: undefined,
      connection,
      identity: undefined,
      dataConverter: undefined,
    };
    const [first, second] = [defer(), defer()];
    // Without activities there is no worker.
    const atFirst = workers.during(
      queue,
      async () => ({}),
      () => first.promise,
    );
    await expect.poll(() => warnings.length, { timeout: 30_000 }).toBe(1);
    const later = workers.during(
      queue,
      async () => ({}),
      () => second.promise,
    );
    await expect.poll(() => warnings.length, { timeout: 30_000 }).toBe(2);
    first.resolve();
    await atFirst;
    expect(workers.stats()).toHaveLength(1);
    second.resolve();
    await later;
    expect(workers.stats()).toEqual([]);
  });
});
