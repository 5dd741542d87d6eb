import { Worker } from '@temporalio/worker';
import { expect, onTestFinished, test } from 'vitest';
import { EverspanPlugin } from '../../../src/plugin.js';
import { InMemoryProcessor } from '../../../src/processors/in-memory-processor.js';
import { MemoryOperationStore } from '../../../src/state/memory-operation-store.js';
import { sweep } from '../../../src/watchdog/sweep.js';
import { describeWith } from '../../helpers/servers.js';
import { startTimeSkippingEnvironment, uniqueQueue } from '../../helpers/temporal.js';
import { bundleTracedWorkflows } from '../../helpers/traced-worker.js';
import { waitForDays } from '../workflows/watched.js';
import { WatchedIndex, sweepTools, watchedOptions } from './watched.js';

const HOUR_MS = 3_600_000;

describeWith('timeSkippingServer')('a workflow of three days', () => {
  test('loses nothing to a watchdog that sweeps all the while', { timeout: 180_000 }, async () => {
    const environment = await startTimeSkippingEnvironment();
    onTestFinished(() => environment.teardown());
    const clock = { now: await environment.currentTimeMs() };
    const [memory, index] = [new InMemoryProcessor(), new WatchedIndex()];
    const operations = new MemoryOperationStore({ now: () => clock.now });
    const everspan = new EverspanPlugin({ processors: [memory], ...watchedOptions(index) });
    const taskQueue = uniqueQueue('days');
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue,
      workflowBundle: await bundleTracedWorkflows('watched'),
      plugins: [everspan],
    });
    await worker.runUntil(async () => {
      const handle = await environment.client.workflow.start(waitForDays, { taskQueue, workflowId: taskQueue });
      const workflow = { namespace: 'default', workflowId: taskQueue, runId: handle.firstExecutionRunId };
      await operations.create({
        operationId: 'days',
        requestId: 'create',
        traceId: '01981f2a3b4c7d5e8f60718293a4b5c6',
        owner: { identity: 'worker', workflow },
      });
      await memory.waitFor((spans) => spans.some((span) => span.name === 'timer'), { timeoutMs: 30_000 });
      const { parts } = sweepTools(environment.client, [memory], { openSpans: index, operations });
      // Every twelve hours, half of what an operation that nobody renews is kept for.
      for (let hours = 12; hours < 72; hours += 12) {
        await environment.sleep(12 * HOUR_MS - 60_000);
        clock.now = await environment.currentTimeMs();
        const report = await sweep({ ...parts, nowMs: () => clock.now }, { settings: {} });
        expect(report).toMatchObject({ operationsRenewed: 1, operationsOrphaned: 0, runsClosed: 0, spansClosed: 0 });
        expect(report.runsAlive).toBeGreaterThan(0);
      }
      expect(memory.open()).toHaveLength(3);
      expect(await operations.get('days')).toMatchObject({ state: 'RECEIVED' });
      expect(await handle.result()).toBe('waited');
    });
    await everspan.shutdown();
    expect(memory.open()).toEqual([]);
    expect(memory.spans().map(({ status, source }) => [status, source])).toEqual(Array(3).fill(['OK', 'observed']));
  });
});
