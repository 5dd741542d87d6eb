import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { describeWith } from '../helpers/servers.js';
import { createWorker, setUpBench } from '../helpers/worker-harness.js';

const workflowsPath = fileURLToPath(new URL('./workflows/internals.ts', import.meta.url));

describeWith('temporalServer')("the SDK's activator", () => {
  // What is missing is done a plainer way, which costs ids or ticks: a version that changed must be noticed before it is released.
  test('has every part that src/workflows/isolate.ts names, as it names it', async () => {
    const bench = await setUpBench('internals');
    const { client, taskQueue } = bench;
    const worker = await createWorker(bench, { workflowsPath, activities: { step: async (value: number) => value } });
    const found: unknown = await worker.runUntil(client.workflow.execute('internals', { workflowId: taskQueue, taskQueue }));
    expect(found).toEqual({
      // One for each of the calls.
      commands: 3,
      completed: false,
      info: 'string',
      registeredActivityNames: true,
      rootScope: false,
      // Local and remote activities share a counter.
      activitySeqs: 2,
      timerSeqs: 1,
      outbound: true,
      completions: expect.arrayContaining<string>([
        'activity',
        'childWorkflowComplete',
        'childWorkflowStart',
        'nexusOperationComplete',
        'nexusOperationStart',
        'signalWorkflow',
        'timer',
      ]),
      activityCompletion: ['resolve', 'reject'],
      localCompletion: ['resolve', 'reject'],
      timerCompletion: ['resolve', 'reject'],
      isConfiguredFailureException: [false, true],
      failureExceptionTypeNames: true,
      workflowDefinitionFailureExceptionTypes: true,
    });
  });
});
