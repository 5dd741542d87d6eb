import { defaultPayloadConverter } from '@temporalio/common';
import { Client, type WorkflowHandle } from '@temporalio/client';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { isEvent } from '../helpers/history-events.js';
import { describeWith } from '../helpers/servers.js';
import { activity, child, localActivity, run } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker, type TracedWorker } from '../helpers/traced-worker.js';
import { uniqueQueue } from '../helpers/temporal.js';
import { expectWholeTrace } from '../helpers/whole-trace.js';
import { carry, carryAndFail, carryOn } from './workflows/carry-context.js';

let bundle: WorkflowBundle;
const activities = { echo: async (value: unknown) => value };
const VALUE = { secret: 'nothing' };

const carried = run('carry', [
  activity('echo'),
  localActivity('echo'),
  child('echoInChild', [run('echoInChild', [activity('echo')])]),
]);

/** Whether the run's history has our marker, or anything of ours. */
async function isMarked(handle: WorkflowHandle): Promise<boolean> {
  const { events } = await handle.fetchHistory();
  return (
    JSON.stringify(events).includes('everspan/1') ||
    (events ?? []).some((event) => isEvent(event, 'upsertWorkflowSearchAttributesEventAttributes'))
  );
}

/** Starts `carry` with the W3C carrier of a foreign caller. */
function startWithCarrier(traced: TracedWorker, carrier: Record<string, string>): Promise<WorkflowHandle> {
  return startWithHeader(traced, carry, '_tracer-data', carrier);
}

/** Starts `workflow` as a caller would that sends this header. */
function startWithHeader(
  traced: TracedWorker,
  workflow: (value: typeof VALUE) => Promise<unknown>,
  header: string,
  value: object,
): Promise<WorkflowHandle> {
  const client = new Client({
    connection: traced.client.connection,
    interceptors: {
      workflow: [
        {
          startWithDetails: (input, next) =>
            next({ ...input, headers: { ...input.headers, [header]: defaultPayloadConverter.toPayload(value) } }),
        },
      ],
    },
  });
  return client.workflow.start(workflow, { taskQueue: traced.taskQueue, workflowId: uniqueQueue('carry'), args: [VALUE] });
}

describeWith('temporalServer')('sampling', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('carry-context');
  });

  test('with ratio 0 nothing is told, and nothing of ours is in history', async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { sampleRatio: 0 } });
    const handle = await traced.start(carry, [VALUE]);
    expect(await handle.result()).toEqual({ echoed: VALUE });
    expect(await isMarked(handle)).toBe(false);
    expect((await traced.finish()).events()).toEqual([]);
  });

  test('with ratio 0 a run that no caller decided for tells nothing either, nor does what it calls', async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { sampleRatio: 0 } });
    const options = { taskQueue: traced.taskQueue, workflowId: traced.taskQueue };
    const handle = await traced.untracedClient.workflow.start(carry, { ...options, args: [VALUE] });
    expect(await handle.result()).toEqual({ echoed: VALUE });
    expect((await traced.finish()).events()).toEqual([]);
  });

  test('with ratio 0 a chain that no caller decided for tells nothing', async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { sampleRatio: 0 } });
    const options = { taskQueue: traced.taskQueue, workflowId: traced.taskQueue };
    const handle = await traced.untracedClient.workflow.start(carryOn, { ...options, args: [1] });
    expect(await handle.result()).toBe('done');
    expect((await traced.finish()).events()).toEqual([]);
  });

  test('with ratio 0.5 each trace that no caller decided for is whole, or not there', async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { sampleRatio: 0.5 } });
    const handles = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        traced.untracedClient.workflow.start(carry, {
          taskQueue: traced.taskQueue,
          workflowId: `${traced.taskQueue}-${index}`,
          args: [VALUE],
        }),
      ),
    );
    await Promise.all(handles.map((handle) => handle.result()));
    const memory = await traced.finish();
    const traceIds = new Set(memory.spans().map((span) => span.traceId));
    // Of 20 fair coins 0 or 20 heads come once in half a million.
    expect(traceIds.size).toBeGreaterThan(0);
    expect(traceIds.size).toBeLessThan(20);
    for (const traceId of traceIds) expectWholeTrace(memory, [carried], { traceId });
  });

  test("a caller's decision against a trace is kept to", async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await startWithCarrier(traced, { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00' });
    expect(await handle.result()).toEqual({ echoed: VALUE });
    expect(await isMarked(handle)).toBe(false);
    expect((await traced.finish()).events()).toEqual([]);
  });

  test("a caller's decision for a trace is kept to, whatever the ratio", async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { sampleRatio: 0 } });
    const handle = await startWithCarrier(traced, { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
    expect(await handle.result()).toEqual({ echoed: VALUE });
    const memory = await traced.finish();
    expect(memory.open()).toEqual([]);
    expect(new Set(memory.spans().map((span) => span.traceId))).toEqual(new Set(['4bf92f3577b34da6a3ce929d0e0e4736']));
    expect(memory.spans().length).toBe(9);
  });

  test('keepErrors tells of the failed run, and of nothing else', async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { sampleRatio: 0, keepErrors: true } });
    const well = await traced.start(carry, [VALUE]);
    await well.result();
    const badly = await traced.start(carryAndFail, [VALUE]);
    await expect(badly.result()).rejects.toThrow('Workflow execution failed');
    const memory = await traced.finish();
    expectWholeTrace(memory, [
      run('carryAndFail', [], { status: 'ERROR', statusMessage: 'failed on its way', attributes: { 'error.type': 'OnItsWay' } }),
    ]);
    expect(memory.events()).toHaveLength(1);
  });

  test('keepErrors of a caller counts where the worker has another configuration', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const trace = { v: 1, t: '4bf92f3577b34da6a3ce929d0e0e4736', s: '00f067aa0ba902b7', f: 0, k: 1 };
    const badly = await startWithHeader(traced, carryAndFail, 'everspan', trace);
    await expect(badly.result()).rejects.toThrow('Workflow execution failed');
    const memory = await traced.finish();
    expect(memory.spans().map(({ name, status, parentId }) => ({ name, status, parentId }))).toEqual([
      { name: 'workflow carryAndFail', status: 'ERROR', parentId: trace.s },
    ]);
  });

  test('keepErrors tells of a failed run also where no caller decided', async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { sampleRatio: 0, keepErrors: true } });
    const options = { taskQueue: traced.taskQueue, workflowId: traced.taskQueue };
    const badly = await traced.untracedClient.workflow.start(carryAndFail, { ...options, args: [VALUE] });
    await expect(badly.result()).rejects.toThrow('Workflow execution failed');
    expectWholeTrace(await traced.finish(), [run('carryAndFail', [], { status: 'ERROR' })]);
  });
});
