import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { createSpanActivities } from '../../src/activities/span-activities.js';
import { createSpanSinks } from '../../src/activities/span-sinks.js';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import { createActivityInterceptor } from '../../src/interceptors/activity-interceptor.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { expectTrace } from '../../src/testing.js';
import { describeWith } from '../helpers/servers.js';
import { connectClient, connectWorker, uniqueQueue } from '../helpers/temporal.js';

const workflowModules = [fileURLToPath(new URL('../../src/interceptors/workflow-interceptors.ts', import.meta.url))];
const greet = async (name: string): Promise<string> => `hello ${name}`;

describeWith('temporalServer')('without the plugin', () => {
  test('a worker with the interceptors, the activities and the sinks traces its runs whole, also one that takes signals', async () => {
    const memory = new InMemoryProcessor();
    const pipeline = new SpanPipeline({ processors: [memory] });
    const { workflowId, notes } = await takeNotes({
      activities: { greet, ...createSpanActivities({ pipeline }) },
      sinks: createSpanSinks({ pipeline }),
      interceptors: { workflowModules, activity: [createActivityInterceptor({ pipeline })] },
    });
    expect(notes).toEqual(['hello ada']);
    await pipeline.flush(10_000);
    expectTrace(memory, workflowId)
      .toBeClosed()
      .toMatchTree({
        name: 'workflow takeNotes',
        status: 'OK',
        children: ['handle signal note', 'handle signal stop'].map((name) => ({ name, status: 'OK' as const })),
      })
      .toHaveSpans(['activity greet', 'attempt greet']);
  });

  test('a worker that has the interceptors and lacks the activities runs its workflows all the same, untraced', async () => {
    const { workflowId, notes } = await takeNotes({ activities: { greet }, interceptors: { workflowModules } });
    expect(notes).toEqual(['hello ada']);
    const client = await connectClient();
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    expect(
      events?.some((event) => event.markerRecordedEventAttributes !== null && event.markerRecordedEventAttributes !== undefined),
    ).toBe(false);
  });
});

async function takeNotes(options: Partial<WorkerOptions>): Promise<{ workflowId: string; notes: string[] }> {
  const [connection, client] = [await connectWorker(), await connectClient()];
  const taskQueue = uniqueQueue('plain');
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('./workflows/exchange-signals.ts', import.meta.url)),
    ...options,
  });
  const notes = await worker.runUntil(async () => {
    const start = { workflowId: taskQueue, taskQueue };
    const handle = await client.workflow.signalWithStart('takeNotes', { ...start, signal: 'note', signalArgs: ['ada'] });
    while ((await handle.fetchHistory()).events?.some((event) => event.activityTaskCompletedEventAttributes) !== true) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await handle.signal('stop');
    return (await handle.result()) as string[];
  });
  return { workflowId: taskQueue, notes };
}
