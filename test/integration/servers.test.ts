import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { expect, onTestFinished, test } from 'vitest';
import { describeWith } from '../helpers/servers.js';
import { connectClient, connectWorker, startTimeSkippingEnvironment, uniqueQueue } from '../helpers/temporal.js';
import type { waitAndGreet } from './workflows/wait-and-greet.js';

const workflowsPath = fileURLToPath(new URL('./workflows/wait-and-greet.ts', import.meta.url));
const activities = { lookUpName: async (id: number) => `name ${id}` };
const ONE_DAY_MS = 86_400_000;

describeWith('temporalServer')('the shared Temporal server', () => {
  test('runs a workflow with an activity and a timer', async () => {
    const [client, connection] = [await connectClient(), await connectWorker()];
    const taskQueue = uniqueQueue('servers');
    const worker = await Worker.create({ connection, taskQueue, workflowsPath, activities });
    const greeting = await worker.runUntil(
      client.workflow.execute<typeof waitAndGreet>('waitAndGreet', { workflowId: taskQueue, taskQueue, args: [10] }),
    );
    expect(greeting).toBe('Hello, name 7');
  });
});

describeWith('timeSkippingServer')('the time-skipping server', () => {
  test('runs a workflow that waits for a day at once', async () => {
    const environment = await startTimeSkippingEnvironment();
    onTestFinished(() => environment.teardown());
    const taskQueue = uniqueQueue('servers');
    const worker = await Worker.create({ connection: environment.nativeConnection, taskQueue, workflowsPath, activities });
    const startedMs = await environment.currentTimeMs();
    const greeting = await worker.runUntil(
      environment.client.workflow.execute<typeof waitAndGreet>('waitAndGreet', {
        workflowId: taskQueue,
        taskQueue,
        args: [ONE_DAY_MS],
      }),
    );
    expect(greeting).toBe('Hello, name 7');
    expect((await environment.currentTimeMs()) - startedMs).toBeGreaterThanOrEqual(ONE_DAY_MS);
  });
});
