import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { EverspanPlugin } from '../../src/plugin.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { MemoryOperationStore } from '../../src/state/memory-operation-store.js';
import type { OperationStore } from '../../src/state/operation-store.js';
import { RedisOperationStore } from '../../src/state/redis-operation-store.js';
import { eventsOf, localActivityOf, ofType, taskFailures } from '../helpers/event-history.js';
import { startOperationWorker } from '../helpers/operation-worker.js';
import { startRedis } from '../helpers/redis-server.js';
import { describeWith } from '../helpers/servers.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { leaveQueued, waitBetween } from './workflows/drive-operations.js';

// A deadline against a hang.
const SOON = { timeout: 30_000 };

let bundle: WorkflowBundle;
beforeAll(async () => {
  bundle = await bundleTracedWorkflows('drive-operations');
});

/** A store in memory, of which single calls can be replaced. */
function storeWith(overrides: (real: OperationStore) => Partial<OperationStore>): OperationStore {
  const real = new MemoryOperationStore();
  const own = overrides(real);
  return new Proxy<OperationStore>(real, {
    get: (target, name) => {
      const method: unknown = Reflect.get(own, name) ?? Reflect.get(target, name);
      return typeof method === 'function' ? (method as (...args: unknown[]) => unknown).bind(target) : method;
    },
  });
}

describeWith('temporalServer', 'redisServer')('an operation whose Redis goes down and comes back', () => {
  test('waits, and goes on', async () => {
    const redis = await startRedis('--appendonly', 'yes', '--appendfsync', 'always');
    onTestFinished(() => redis.stop());
    const store = new RedisOperationStore({ url: redis.url, timeoutMs: 1_000 });
    onTestFinished(() => store.close());
    const worker = await startOperationWorker({ bundle, store });
    const handle = await worker.start(waitBetween);
    await expect.poll(async () => (await store.list({ limit: 1, states: ['QUEUED'] })).operations.length, SOON).toBe(1);
    await redis.kill();
    await handle.signal('go');
    await expect.poll(async () => (await handle.describe()).raw.pendingActivities?.[0]?.attempt, SOON).toBeGreaterThan(1);
    await redis.restart();
    expect(await handle.result()).toBe('CLAIMED');
    const events = await eventsOf(worker.client, handle.workflowId);
    expect(taskFailures(events)).toEqual([]);
    const [scheduled] = ofType(events, 'ACTIVITY_TASK_SCHEDULED');
    expect(scheduled?.activityTaskScheduledEventAttributes?.activityId).toBe('everspan-operation-0');
    await worker.finish();
  });

  test('fails its workflow, by name, after the time that was asked for', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const store = new RedisOperationStore({ url: redis.url, timeoutMs: 300 });
    onTestFinished(() => store.close());
    const worker = await startOperationWorker({ bundle, store });
    const handle = await worker.start(waitBetween, [1_500]);
    await expect.poll(async () => (await store.list({ limit: 1, states: ['QUEUED'] })).operations.length, SOON).toBe(1);
    await redis.kill();
    await handle.signal('go');
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'STORE_UNAVAILABLE' } });
    await worker.finish();
  });
});

describeWith('temporalServer')('an operation whose store', () => {
  test('does not answer in time is written by a remote activity, once, and holds no workflow task meanwhile', async () => {
    let calls = 0;
    const store = storeWith((real) => ({
      transition: async (request) => {
        const written = await real.transition(request);
        calls += 1;
        // Applied, and then silent: what came of it is not known.
        if (calls === 1) await new Promise<never>(() => {});
        return written;
      },
    }));
    const worker = await startOperationWorker({ bundle, store });
    const handle = await worker.start(leaveQueued);
    const operationId = await handle.result();
    expect(calls).toBe(2);
    expect(await store.get(operationId)).toMatchObject({ state: 'QUEUED', version: 2, refusedWrites: 0 });
    const events = await eventsOf(worker.client, handle.workflowId);
    expect(ofType(events, 'ACTIVITY_TASK_SCHEDULED')).toHaveLength(1);
    expect(taskFailures(events)).toEqual([]);
    await worker.finish();
  });

  test('is away is not asked by each workflow task anew', async () => {
    let isAway = true;
    let calls = 0;
    const store = storeWith((real) => ({
      create: async (request) => {
        calls += 1;
        if (!isAway) return real.create(request);
        throw Object.assign(new TypeError('away'), { code: 'ECONNREFUSED' });
      },
    }));
    const worker = await startOperationWorker({ bundle, store });
    const handles = await Promise.all(Array.from({ length: 10 }, () => worker.start(leaveQueued)));
    await expect
      .poll(
        async () =>
          (await Promise.all(handles.map((one) => one.describe()))).every(({ raw }) => (raw.pendingActivities ?? []).length > 0),
        SOON,
      )
      .toBe(true);
    isAway = false;
    await Promise.all(handles.map((one) => one.result()));
    const locals = (await Promise.all(handles.map((one) => eventsOf(worker.client, one.workflowId)))).flatMap((events) =>
      events.flatMap((event) => localActivityOf(event) ?? []).filter(({ activityType }) => activityType === 'CREATE_OPERATION'),
    );
    expect(locals).toHaveLength(10);
    expect(locals.filter(({ hasFailed }) => hasFailed)).toEqual([]);
    expect(calls).toBeGreaterThan(10);
    await worker.finish();
  });
});

describeWith('temporalServer')('a worker', () => {
  test('that has no operations fails the task by name, and one that has goes on with the run', async () => {
    const without = await startTracedWorker({ bundle });
    const handle = await without.start(leaveQueued, [], { workflowTaskTimeout: '3 seconds' });
    await expect
      .poll(async () => taskFailures(await eventsOf(without.client, handle.workflowId)), SOON)
      .toContainEqual(expect.stringMatching(/operation\(\) was called, but its worker lacks the activity CREATE_OPERATION/));
    await without.stop();
    const store = new MemoryOperationStore();
    const plugin = new EverspanPlugin({ processors: [new InMemoryProcessor()], operations: { store, watchdog: 'elsewhere' } });
    const next = await Worker.create({
      connection: without.connection,
      taskQueue: without.taskQueue,
      workflowBundle: bundle,
      plugins: [plugin],
    });
    const operationId = await next.runUntil(handle.result());
    expect(await store.get(operationId)).toMatchObject({ state: 'QUEUED' });
  });

  test('of workflows alone drives operations, and takes no activity of another worker', async () => {
    let calls = 0;
    const store = storeWith((real) => ({
      transition: async (request) => {
        calls += 1;
        if (calls === 1) throw new TypeError('away');
        return real.transition(request);
      },
    }));
    const worker = await startOperationWorker({ bundle, store });
    const handle = await worker.start(leaveQueued);
    await handle.result();
    const [scheduled] = ofType(await eventsOf(worker.client, handle.workflowId), 'ACTIVITY_TASK_SCHEDULED');
    expect(scheduled?.activityTaskScheduledEventAttributes?.taskQueue?.name).toBe(`${worker.taskQueue}-everspan`);
    await worker.finish();
  });

  test.each(['CREATE_OPERATION', 'TRANSITION_OPERATION', 'RECOVER_OPERATION', 'RENEW_OPERATION'])(
    'with an activity %s of its own is refused where operations are on, and only there',
    (name) => {
      const options = { taskQueue: 'taken', activities: { [name]: async () => {} } };
      const operations = { store: new MemoryOperationStore() };
      const processors = [new InMemoryProcessor()];
      expect(() => new EverspanPlugin({ processors, operations }).configureWorker(options)).toThrow(
        expect.objectContaining({ code: 'ACTIVITY_NAME_TAKEN', message: expect.stringContaining(name) }),
      );
      expect(() => new EverspanPlugin({ processors }).configureWorker(options)).not.toThrow();
    },
  );

  test('that starts in a namespace without a watchdog says so, unless something else sees to it', async () => {
    const warnings: string[] = [];
    const logger = { warn: (line: string) => void warnings.push(line) };
    const operations = { store: new MemoryOperationStore() };
    const worker = await startTracedWorker({ bundle, everspan: { operations, logger } });
    await expect
      .poll(() => warnings, SOON)
      .toEqual([expect.stringMatching(/namespace default has no watchdog.*everspan watchdog ensure/)]);
    await worker.finish();
    const quiet = await startTracedWorker({ bundle, everspan: { operations: { ...operations, watchdog: 'elsewhere' }, logger } });
    await (await quiet.start(leaveQueued)).result();
    await quiet.finish();
    expect(warnings).toHaveLength(1);
  });
});
