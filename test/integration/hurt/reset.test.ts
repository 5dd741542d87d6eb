import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../../src/processors/in-memory-processor.js';
import { eventsOf, ofType, taskFailures } from '../../helpers/event-history.js';
import { describeWith } from '../../helpers/servers.js';
import { type Bundles, makeBundles, quietPlugin, setUpBench, withWorker } from '../../helpers/worker-harness.js';

const activities = { step: async (value: number) => value };

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/steps.ts', import.meta.url)));
});

describeWith('temporalServer')('a run that is reset', () => {
  test.each(['while it runs', 'after it completed'])('%s: the new run has the same ids, and nothing stays open', async (when) => {
    const bench = await setUpBench('reset');
    const memory = new InMemoryProcessor();
    const { plugin } = quietPlugin({ processors: [memory], lingerMs: 0 });
    const { client, taskQueue } = bench;
    const options = { workflowBundle: bundles.traced, activities, plugins: [plugin] };
    const handle = await client.workflow.start('stepWaitStep', { workflowId: taskQueue, taskQueue });
    await withWorker(bench, options, async () => {
      await memory.waitFor((spans) => spans.some((span) => span.type === 'activity' && span.status === 'OK'), {
        timeoutMs: 20_000,
      });
      if (when === 'after it completed') {
        await handle.signal('go');
        await handle.result();
      }
      const base = await eventsOf(client, taskQueue, handle.firstExecutionRunId);
      const firstTask = ofType(base, 'WORKFLOW_TASK_COMPLETED')[0];
      const { runId } = await client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: taskQueue, runId: handle.firstExecutionRunId },
        reason: 'reset by hand',
        requestId: randomUUID(),
        workflowTaskFinishEventId: firstTask?.eventId ?? null,
      });
      const anew = client.workflow.getHandle(taskQueue, runId);
      await anew.signal('go');
      expect(await anew.result()).toBe(3);
      const events = await eventsOf(client, taskQueue, runId);
      // The server writes the reset itself as a failed task, with the reason that was given; none came of us.
      expect(taskFailures(events)).toEqual(['reset by hand']);
    });
    const spans = memory.spans();
    expect(memory.open()).toEqual([]);
    // One root and two activities over both runs, though each told its own: the ids are the same.
    expect(spans.filter((span) => span.type === 'workflow')).toHaveLength(1);
    expect(spans.filter((span) => span.type === 'activity')).toHaveLength(2);
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
    const runs = new Set(
      memory
        .events()
        .filter((event) => event.type === 'workflow')
        .map((event) => event.attributes['temporal.run.id']),
    );
    expect(runs.size).toBe(2);
    const [root] = spans.filter((span) => span.type === 'workflow');
    // The later END is the true one.
    expect(root).toMatchObject({ status: 'OK' });
    expect(root?.attributes['temporal.run.id']).not.toBe(handle.firstExecutionRunId);
  });
});
