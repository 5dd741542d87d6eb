import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { describeWith } from '../helpers/servers.js';
import { makeBundles, quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';
import { go, waitBesideOthers } from './workflows/shared-code.js';

const RUNS = 10;

describeWith('temporalServer')('the code of everspan in a workflow', () => {
  test.each([true, false])(
    'is shared by the runs of a worker, what is of a run is not: reuseV8Context %s',
    async (reuseV8Context) => {
      const bench = await setUpBench('shared');
      const { traced } = await makeBundles(fileURLToPath(new URL('./workflows/shared-code.ts', import.meta.url)));
      const memory = new InMemoryProcessor();
      const { plugin } = quietPlugin({ processors: [memory] });
      const { client, taskQueue } = bench;
      const results = await withWorker(bench, { workflowBundle: traced, plugins: [plugin], reuseV8Context }, async () => {
        const ids = Array.from({ length: RUNS }, (_, index) => `${taskQueue}-${index}`);
        const handles = await Promise.all(
          ids.map((workflowId) => client.workflow.start(waitBesideOthers, { workflowId, taskQueue })),
        );
        // All of them are under way before any goes on.
        await Promise.all(handles.map((handle) => handle.query('__stack_trace')));
        await Promise.all(handles.map((handle) => handle.signal(go)));
        return Promise.all(handles.map((handle) => handle.result()));
      });
      await plugin.shutdown();
      expect(results.map(({ isCodeShared }) => isCodeShared)).toEqual(results.map(() => reuseV8Context));
      expect(new Set(results.map(({ traceId }) => traceId)).size).toBe(RUNS);
      for (const { traceId } of results) {
        const spans = memory.spans().filter((span) => span.traceId === traceId);
        expect(spans.map(({ type, status }) => `${type} ${status}`).sort()).toEqual([
          'custom OK',
          'signal_handler OK',
          'workflow OK',
        ]);
      }
    },
  );
});
