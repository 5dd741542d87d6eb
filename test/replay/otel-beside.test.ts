import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import type { WorkerPlugin } from '@temporalio/worker';
import { DefaultLogger, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { OpenTelemetryPlugin as OpenTelemetryPluginV1 } from '@temporalio/interceptors-opentelemetry';
import { OpenTelemetryPlugin as OpenTelemetryPluginV2 } from '@temporalio/interceptors-opentelemetry-v2';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { expect, test } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { eventsOf, isMarked, taskFailures } from '../helpers/event-history.js';
import { describeWith } from '../helpers/servers.js';
import { quietPlugin, setUpBench, withWorker } from '../helpers/worker-harness.js';
import { RECORDED_RUNS, recordedActivities, runRecorded } from './recorded-runs.js';

const workflowsPath = fileURLToPath(new URL('./workflows/recorded.ts', import.meta.url));
const activities = recordedActivities(() => Context.current().info.attempt);
const observer = { drawn: { fn: () => {}, callDuringReplay: true } };
// Those that need nothing but a worker.
const RUNS = RECORDED_RUNS.filter(({ awayFor, callsNexus }) => awayFor === undefined && callsNexus !== true);
const CASES = (['v1', 'v2'] as const).flatMap((version) =>
  (['before', 'after'] as const).map((position) => ({ version, position })),
);

// Each of the two has OpenTelemetry types of its own major version; their shapes are those that it uses.
function officialPlugin(version: 'v1' | 'v2', exporter: InMemorySpanExporter): WorkerPlugin {
  const options = {
    resource: resourceFromAttributes({ 'service.name': 'beside' }),
    spanProcessor: new SimpleSpanProcessor(exporter),
  };
  if (version === 'v2') return new OpenTelemetryPluginV2(options);
  return new OpenTelemetryPluginV1(options as unknown as ConstructorParameters<typeof OpenTelemetryPluginV1>[0]);
}

describeWith('temporalServer')("Temporal's own OpenTelemetry interceptors beside everspan", () => {
  test.each(CASES)(
    '$version, registered $position it: both trace, and every history replays with both',
    async ({ version, position }) => {
      const bench = await setUpBench('beside');
      const { client, taskQueue } = bench;
      const memory = new InMemoryProcessor();
      const exporter = new InMemorySpanExporter();
      const { plugin } = quietPlugin({ processors: [memory] });
      const official = officialPlugin(version, exporter);
      const plugins = position === 'before' ? [official, plugin] : [plugin, official];
      const bundle = await bundleWorkflowCode({ workflowsPath, plugins, logger: new DefaultLogger('ERROR') });
      const handles = await withWorker(bench, { workflowBundle: bundle, activities, sinks: { observer }, plugins }, () =>
        Promise.all(RUNS.map((run) => runRecorded(client, taskQueue, run))),
      );
      const histories: { workflowId: string; history: Awaited<ReturnType<(typeof handles)[number]['fetchHistory']>> }[] = [];
      for (const handle of handles) {
        const { runId } = await handle.describe();
        const events = await eventsOf(client, handle.workflowId, runId);
        expect(taskFailures(events)).toEqual([]);
        expect(isMarked(events)).toBe(true);
        histories.push({ workflowId: handle.workflowId, history: await handle.fetchHistory() });
      }
      const exported = exporter.getFinishedSpans().length;
      expect(exported).toBeGreaterThan(RUNS.length);
      expect(memory.open()).toEqual([]);
      const roots = memory.spans().filter((span) => span.type === 'workflow');
      // Two children and one continuation more than there are runs.
      expect(roots).toHaveLength(RUNS.length + 3);

      const before = memory.events().length;
      for await (const { error } of Worker.runReplayHistories(
        { workflowBundle: bundle, plugins, sinks: { observer } },
        histories,
      )) {
        expect(error).toBeUndefined();
      }
      expect(memory.events()).toHaveLength(before);
    },
  );
});
