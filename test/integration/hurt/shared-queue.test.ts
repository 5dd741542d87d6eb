import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { InMemoryProcessor } from '../../../src/processors/in-memory-processor.js';
import { END_SPAN, START_SPAN } from '../../../src/wire/activity-names.js';
import { eventsOf, type HistoryEvent, ofType, taskFailures } from '../../helpers/event-history.js';
import { describeWith } from '../../helpers/servers.js';
import { type Bundles, createWorker, makeBundles, quietPlugin, setUpBench } from '../../helpers/worker-harness.js';
import { connectWorker } from '../../helpers/temporal.js';

const RUNS = 20;
const STEPS = 3;
const activities = { step: async (value: number) => value };

let bundles: Bundles;
beforeAll(async () => {
  bundles = await makeBundles(fileURLToPath(new URL('./workflows/steps.ts', import.meta.url)));
});

describeWith('temporalServer')('a workflow-only worker beside an activity worker on one queue', () => {
  test.each([
    { connections: 'one connection', isTracedActivityWorker: true, delivery: 'auto' },
    { connections: 'two connections', isTracedActivityWorker: true, delivery: 'auto' },
    { connections: 'two connections', isTracedActivityWorker: false, delivery: 'auto' },
    { connections: 'one connection', isTracedActivityWorker: true, delivery: 'remote' },
  ] as const)(
    'takes none of its activities: $connections, activity worker traced: $isTracedActivityWorker, delivery $delivery',
    async ({ connections, isTracedActivityWorker, delivery }) => {
      const bench = await setUpBench('shared');
      const memory = new InMemoryProcessor();
      const { plugin, warnings } = quietPlugin({ processors: [memory], delivery });
      const activityConnection = connections === 'one connection' ? bench.connection : await connectWorker();
      const workflowWorker = await createWorker(bench, { workflowBundle: bundles.traced, plugins: [plugin] });
      const activityWorker = await createWorker(
        { ...bench, connection: activityConnection },
        { activities, ...(isTracedActivityWorker ? { plugins: [plugin] } : {}) },
      );
      const histories = await activityWorker.runUntil(
        workflowWorker.runUntil(async () => {
          const handles = await Promise.all(
            Array.from({ length: RUNS }, (_, index) =>
              bench.client.workflow.start('steps', {
                workflowId: `${bench.taskQueue}-${index}`,
                taskQueue: bench.taskQueue,
                args: [STEPS],
              }),
            ),
          );
          for (const handle of handles) expect(await handle.result()).toBe(6);
          return Promise.all(handles.map((handle) => eventsOf(bench.client, handle.workflowId)));
        }),
      );
      for (const events of histories) {
        expect(taskFailures(events)).toEqual([]);
        expect(activityTroubles(events)).toEqual([]);
      }
      expect(memory.spans().filter((span) => span.type === 'workflow' && span.status === 'OK')).toHaveLength(RUNS);
      expect(memory.spans().filter((span) => span.type === 'activity' && span.status === 'OK')).toHaveLength(RUNS * STEPS);
      expect(warnings).toEqual([]);
    },
  );
});

/** Attempts that were not the first, and what remained of the ones before; ours are told apart. */
function activityTroubles(events: readonly HistoryEvent[]): string[] {
  const scheduled = new Map(
    ofType(events, 'ACTIVITY_TASK_SCHEDULED').map((event) => [
      String(event.eventId),
      event.activityTaskScheduledEventAttributes?.activityType?.name ?? '',
    ]),
  );
  return ofType(events, 'ACTIVITY_TASK_STARTED').flatMap((event) => {
    const started = event.activityTaskStartedEventAttributes;
    const name = scheduled.get(String(started?.scheduledEventId)) ?? '';
    if ((started?.attempt ?? 1) === 1) return [];
    return [
      `${name === START_SPAN || name === END_SPAN ? 'ours: ' : ''}${name} attempt ${started?.attempt}: ${started?.lastFailure?.message}`,
    ];
  });
}
