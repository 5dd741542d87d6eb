import { MockActivityEnvironment } from '@temporalio/testing';
import { activityInfo } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { traceActivities } from '../../src/interceptors/trace-activities.js';
import { withSpan } from '../../src/interceptors/activity-with-span.js';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import { EverspanPlugin } from '../../src/plugin.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { expectTrace } from '../../src/testing/expect-trace.js';
import { describeWith } from '../helpers/servers.js';
import { activity, custom, startedRun, timer } from '../helpers/span-patterns.js';
import { startTimeSkippingEnvironment, uniqueQueue } from '../helpers/temporal.js';
import { expectWholeTrace, spanNamed } from '../helpers/whole-trace.js';
import type { waitAndGreet } from './workflows/wait-and-greet.js';

const THREE_DAYS_MS = 3 * 24 * 60 * 60 * 1000;
const workflowsPath = fileURLToPath(new URL('./workflows/wait-and-greet.ts', import.meta.url));

describeWith('timeSkippingServer')('on the time-skipping server', () => {
  test('a workflow that sleeps for three days is traced at once, in its own time', async () => {
    const memory = new InMemoryProcessor();
    const plugin = new EverspanPlugin({ processors: [memory] });
    // Handed to everything that takes plugins; still applied once.
    const environment = await startTimeSkippingEnvironment({ plugins: [plugin] });
    onTestFinished(() => environment.teardown());
    const taskQueue = uniqueQueue('skipping');
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue,
      workflowsPath,
      activities: { lookUpName: async (id: number) => `name ${id}` },
      plugins: [plugin],
    });
    const greeting = await worker.runUntil(
      environment.client.workflow.execute<typeof waitAndGreet>('waitAndGreet', {
        workflowId: taskQueue,
        taskQueue,
        args: [THREE_DAYS_MS],
      }),
    );
    expect(greeting).toBe('Hello, name 7');
    await plugin.shutdown();
    // Without the times of attempts: those are of their process, three days before what the server by then believes to be now.
    expectTrace(memory)
      .toBeClosed()
      .toHaveNoDuplicates()
      .toMatchTree([startedRun('waitAndGreet', [timer(), activity('lookUpName')])]);
    const [slept, root] = [spanNamed(memory, 'timer'), spanNamed(memory, 'workflow waitAndGreet')];
    expect((slept.endTime as number) - slept.startTime).toBeGreaterThanOrEqual(THREE_DAYS_MS * 1000);
    expect(root.startTime).toBeLessThanOrEqual(slept.startTime);
    expect(root.endTime).toBeGreaterThanOrEqual(spanNamed(memory, 'activity lookUpName').endTime as number);
  });
});

test('traceActivities traces an activity in a MockActivityEnvironment', async () => {
  const memory = new InMemoryProcessor();
  const pipeline = new SpanPipeline({ processors: [memory] });
  const activities = traceActivities(
    {
      async lookUp(this: void, id: number): Promise<string> {
        return withSpan('looks', () => `name ${id} of ${activityInfo().activityType}`);
      },
    },
    { pipeline },
  );
  const environment = new MockActivityEnvironment();
  expect(await environment.run(activities.lookUp, 7)).toBe('name 7 of unknown');
  await pipeline.shutdown(5_000);
  expectWholeTrace(memory, [
    { name: 'attempt unknown', type: 'attempt', kind: 'SERVER', status: 'OK', children: [custom('looks')] },
  ]);
});
