import { fileURLToPath } from 'node:url';
import type { ClientInterceptors } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import {
  createActivityInterceptor,
  createClientInterceptors,
  createSpanActivities,
  createSpanSinks,
  SpanPipeline,
} from '../../src/index.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { describeWith } from '../helpers/servers.js';
import { activity, child, localActivity, run, startedRun } from '../helpers/span-patterns.js';
import { connectClient, connectWorker, uniqueQueue } from '../helpers/temporal.js';
import { expectWholeTrace, spansOfType } from '../helpers/whole-trace.js';
import { carry, carryAtOnce, echoInChild, proceed } from './workflows/carry-context.js';

let bundle: WorkflowBundle;
beforeAll(async () => {
  bundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./workflows/carry-context.ts', import.meta.url)),
    workflowInterceptorModules: [fileURLToPath(new URL('../../src/interceptors/workflow-interceptors.ts', import.meta.url))],
    logger: new DefaultLogger('ERROR'),
  });
});

describeWith('temporalServer')('a worker and a client with the interceptors, and without the plugin', () => {
  test('trace as with it', async () => {
    const echoed = child('echoInChild', [run('echoInChild', [activity('echo')])]);
    const memory = await traceByHand((client, start) => client.workflow.execute(carry, start));
    expectWholeTrace(memory, [startedRun('carry', [activity('echo'), localActivity('echo'), echoed])]);
  });

  test('trace a run that has taken a signal and is over in its first task', async () => {
    const memory = await traceByHand(async (client, start) => {
      const handle = await client.workflow.signalWithStart(carryAtOnce, { ...start, signal: proceed });
      await handle.result();
    });
    expect(spansOfType(memory, 'workflow')).toMatchObject([{ name: 'workflow carryAtOnce', status: 'OK' }]);
    expect(memory.open()).toEqual([]);
  });

  test('trace as with it on a worker without sinks, which says so', async () => {
    const echoed = child('echoInChild', [run('echoInChild', [activity('echo')])]);
    const memory = await traceByHand((client, start) => client.workflow.execute(carry, start), { hasSink: false });
    expectWholeTrace(memory, [startedRun('carry', [activity('echo'), localActivity('echo'), echoed])]);
  });
});

describeWith('temporalServer')('a task that closes a run', () => {
  test.each([
    ['10s', 250],
    ['1s', 100],
  ])('of %s waits %d ms for its last batch, at most', async (workflowTaskTimeout, boundMs) => {
    const pipeline = new SpanPipeline({ processors: [new InMemoryProcessor()] });
    const taskQueue = uniqueQueue('by-hand');
    const bounds: number[] = [];
    const worker = await Worker.create({
      connection: await connectWorker(),
      taskQueue,
      workflowBundle: bundle,
      activities: { echo: async (value: unknown) => value, ...createSpanActivities({ pipeline }) },
      sinks: {
        everspan: { deliver: { fn: (_info, _batch, bound: number) => void bounds.push(bound), callDuringReplay: false } },
      },
    });
    const client = await connectClient();
    await worker.runUntil(
      client.workflow.execute(echoInChild, { taskQueue, workflowId: taskQueue, args: ['none'], workflowTaskTimeout }),
    );
    await pipeline.shutdown(3_000);
    expect(bounds).toEqual([boundMs]);
  });
});

/** Each interceptor in its list. */
function clientInterceptors(pipeline: SpanPipeline): ClientInterceptors {
  const { workflow, schedule, nexus, activity: activities } = createClientInterceptors({ pipeline });
  return { workflow: [workflow], schedule: [schedule], nexus: [nexus], activity: [activities] };
}

type Start = { readonly taskQueue: string; readonly workflowId: string; readonly args: [{ secret: string }] };

async function traceByHand(
  work: (client: Awaited<ReturnType<typeof connectClient>>, start: Start) => Promise<unknown>,
  config: { readonly hasSink: boolean } = { hasSink: true },
): Promise<InMemoryProcessor> {
  const memory = new InMemoryProcessor();
  const pipeline = new SpanPipeline({ processors: [memory] });
  const taskQueue = uniqueQueue('by-hand');
  const connection = await connectWorker();
  const client = await connectClient({ interceptors: clientInterceptors(pipeline) });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: bundle,
    activities: { echo: async (value: unknown) => value, ...createSpanActivities({ pipeline, config }) },
    ...(config.hasSink ? { sinks: createSpanSinks({ pipeline, config }) } : {}),
    interceptors: { activity: [createActivityInterceptor({ pipeline })] },
  });
  await worker.runUntil(work(client, { taskQueue, workflowId: taskQueue, args: [{ secret: 'none' }] }));
  await pipeline.shutdown(3_000);
  return memory;
}
