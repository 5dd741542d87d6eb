import { Context } from '@temporalio/activity';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { MemoryOpenSpanIndex, type OpenSpanIndex } from '../../src/operations.js';
import { defer } from '../helpers/deferred.js';
import { describeWith } from '../helpers/servers.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { callActivity } from './workflows/call-activities.js';

// A deadline against a hang.
const SOON = { timeout: 30_000 };

let bundle: WorkflowBundle;

/** Everything that the index holds. */
async function openNames(index: OpenSpanIndex): Promise<string[]> {
  const { runs } = await index.runs({ limit: 100 });
  const spans = await Promise.all(runs.map((run) => index.spansOf(run)));
  return spans.flat().map(({ name }) => name);
}

describeWith('temporalServer')('the open-span index', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('call-activities');
  });

  test.each(['direct', 'activity', 'background'] as const)(
    'has what is open in a run, whole, and nothing once it has closed by %s',
    async (closing) => {
      const openSpans = new MemoryOpenSpanIndex();
      const [greeting, go] = [defer(), defer()];
      const activities = {
        greet: async (name: string) => {
          greeting.resolve();
          await Promise.race([go.promise, Context.current().cancelled]);
          return name;
        },
      };
      const traced = await startTracedWorker({ bundle, activities, everspan: { openSpans, closing } });
      const handle = await traced.start(callActivity, ['Ada']);
      await greeting.promise;
      await expect.poll(() => openNames(openSpans), SOON).toEqual(['workflow callActivity', 'activity greet']);
      const { runId } = await handle.describe();
      const [root] = await openSpans.spansOf({ namespace: 'default', workflowId: handle.workflowId, runId });
      expect(root).toEqual(traced.memory.events().find(({ spanId }) => spanId === root?.spanId));
      go.resolve();
      await handle.result();
      await traced.finish();
      expect(await openNames(openSpans)).toEqual([]);
      // In the background an end is kept until it is out.
      expect(traced.plugin.stats().openSpans).toMatchObject({ put: closing === 'background' ? 4 : 2, failedCalls: 0 });
    },
  );

  test.each([
    ['throws', () => Promise.reject(new TypeError('away'))],
    ['hangs', () => new Promise<void>(() => {})],
  ])('that %s changes nothing for the run and its spans', async (_what, failing) => {
    const openSpans: OpenSpanIndex = Object.assign(new MemoryOpenSpanIndex(), { put: failing, remove: failing });
    const activities = { greet: async (name: string) => `Hello, ${name}` };
    const traced = await startTracedWorker({ bundle, activities, everspan: { openSpans, shutdownTimeoutMs: 3_000 } });
    expect(await (await traced.start(callActivity, ['Ada'])).result()).toBe('Hello, Ada');
    const memory = await traced.finish();
    expect(memory.open()).toEqual([]);
    expect(
      memory
        .spans()
        .map(({ type }) => type)
        .sort(),
    ).toEqual(['activity', 'attempt', 'client_start', 'workflow']);
    expect(traced.plugin.stats().openSpans).toMatchObject({ put: 0, removed: 0 });
    expect(traced.plugin.stats().openSpans?.failedCalls).toBeGreaterThan(0);
  });
});
