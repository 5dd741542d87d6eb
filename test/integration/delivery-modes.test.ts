import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { EverspanPlugin } from '../../src/plugin.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import type { Closing, Delivery } from '../../src/wire/span-batch.js';
import type { HistoryEvent } from '../helpers/event-history.js';
import { isAway, ScriptedProcessor } from '../helpers/scripted-processor.js';
import { describeWith } from '../helpers/servers.js';
import { activity, signalHandled, startedRun, timer } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { expectWholeTrace, spanNamed, spansOfType } from '../helpers/whole-trace.js';
import { doNothingElse, proceed, takeSignal, takeTime } from './workflows/carry-context.js';

let bundle: WorkflowBundle;
const activities = { echo: async (value: unknown) => value };
const timeTaken = startedRun('takeTime', [activity('echo'), timer(), activity('echo'), timer()]);

/** How our activities stand in history: local ones as markers, remote ones with id and queue. */
interface Deliveries {
  readonly local: number;
  readonly remote: readonly { readonly type: string; readonly id: string; readonly queue: string }[];
  /** Whether the last thing in history before the run's end and its task is a local activity's marker. */
  readonly closedLocally: boolean;
}

async function deliveriesOf(handle: WorkflowHandle): Promise<Deliveries> {
  const { events } = await handle.fetchHistory();
  const all = events ?? [];
  const isLocalMarker = (event: (typeof all)[number] | undefined): boolean =>
    event?.markerRecordedEventAttributes?.markerName === 'core_local_activity';
  const remote = all.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    const type = scheduled?.activityType?.name ?? '';
    if (type !== 'START_SPAN' && type !== 'END_SPAN') return [];
    return [{ type, id: scheduled?.activityId ?? '', queue: scheduled?.taskQueue?.name ?? '' }];
  });
  return { local: all.filter(isLocalMarker).length, remote, closedLocally: isLocalMarker(all.at(-2)) };
}

const isSpanActivity = (event: HistoryEvent): boolean =>
  ['START_SPAN', 'END_SPAN'].includes(event.activityTaskScheduledEventAttributes?.activityType?.name ?? '');

/** How many remote batches of the run the server has taken, and how many of them a worker has delivered. */
async function remoteBatchesOf(handle: WorkflowHandle): Promise<{ scheduled: number; completed: number }> {
  const events = (await handle.fetchHistory()).events ?? [];
  const scheduled = events.filter(isSpanActivity).map(({ eventId }) => String(eventId));
  const completed = events.filter(({ activityTaskCompletedEventAttributes: done }) =>
    scheduled.includes(String(done?.scheduledEventId)),
  );
  return { scheduled: scheduled.length, completed: completed.length };
}

describeWith('temporalServer')('delivery', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('carry-context');
  });

  const modes = (['auto', 'local', 'remote'] as const).flatMap((delivery) =>
    (['direct', 'activity', 'background'] as const).map((closing) => [delivery, closing] as const),
  );

  test.each(modes)('%s, closing by %s, delivers every span', async (delivery: Delivery, closing: Closing) => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { delivery, closing, lingerMs: 100 } });
    const handle = await traced.start(takeTime);
    expect(await handle.result()).toBe('done');
    const sent = await deliveriesOf(handle);
    expectWholeTrace(await traced.finish(), [timeTaken]);
    expect(sent.closedLocally).toBe(closing === 'activity');
    expect(sent.remote.length > 0).toBe(delivery === 'remote');
    // The first flush is always local: where batches go is known by its answer.
    expect(sent.local).toBeGreaterThan(0);
    for (const { id, queue } of sent.remote) {
      expect(id).toMatch(/^everspan-\d+$/);
      expect(queue).toBe(traced.taskQueue);
    }
  });

  test('closing by record sends nothing at the end: what was open stays open, for the record to close', async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { closing: 'record', lingerMs: 100 } });
    const handle = await traced.start(takeTime);
    expect(await handle.result()).toBe('done');
    expect((await deliveriesOf(handle)).closedLocally).toBe(false);
    const memory = await traced.finish();
    expect(spanNamed(memory, 'workflow takeTime').status).toBe('RUNNING');
    expect(spansOfType(memory, 'activity')[0]?.status).toBe('OK');
  });

  test.each([
    ['auto', false],
    ['activity', true],
  ] as const)('closing by %s after a signal', async (closing, closedLocally) => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { closing, lingerMs: 0 } });
    const handle = await traced.start(takeSignal);
    await traced.memory.waitFor((spans) => spans.some((span) => span.type === 'activity' && span.endTime !== undefined));
    await handle.signal(proceed);
    expect(await handle.result()).toBe('done');
    expect((await deliveriesOf(handle)).closedLocally).toBe(closedLocally);
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow takeSignal');
    expectWholeTrace(memory, [startedRun('takeSignal', [activity('echo'), signalHandled('proceed')])], { traceId });
  });

  test.each<[Closing, boolean]>([
    ['auto', true],
    ['direct', true],
    ['activity', true],
    ['background', false],
  ])('closing by %s without a signal: the run closes when its last batch is out: %s', async (closing, isAwaited) => {
    const kept = new InMemoryProcessor();
    const statuses: string[] = [];
    const processor = new ScriptedProcessor('scripted', async (spans, context) => {
      if (spans.some((span) => span.type === 'workflow' && span.endTime !== undefined)) {
        // Far longer than a task that waits for nothing takes to be reported, and within the bound of one that waits.
        await sleep(150);
        statuses.push((await handle.describe()).status.name);
      }
      await kept.end(spans, context);
    });
    const traced = await startTracedWorker({ bundle, activities, processors: [processor], everspan: { closing } });
    const handle = await traced.start(takeTime);
    await handle.result();
    expect((await deliveriesOf(handle)).closedLocally).toBe(closing === 'activity');
    await traced.finish();
    expect(statuses).toEqual([isAwaited ? 'RUNNING' : 'COMPLETED']);
    expectWholeTrace(kept, [timeTaken]);
  });

  test('auto sends what a local attempt did not deliver again, as a remote activity, until the processor is back', async () => {
    const kept = new InMemoryProcessor();
    const processor = new ScriptedProcessor('scripted', isAway);
    const traced = await startTracedWorker({ bundle, activities, processors: [processor], everspan: { lingerMs: 0 } });
    const handle = await traced.start(takeSignal);
    await expect.poll(async () => (await remoteBatchesOf(handle)).scheduled, { timeout: 30_000 }).toBe(1);
    processor.behaviour = (spans, context) => kept.end(spans, context);
    // The server tries again after a second, and what had piled up behind the flight follows.
    await expect.poll(async () => (await remoteBatchesOf(handle)).completed, { timeout: 30_000 }).toBeGreaterThan(0);
    await handle.signal(proceed);
    expect(await handle.result()).toBe('done');
    const { remote, closedLocally } = await deliveriesOf(handle);
    await traced.finish();
    expect(remote[0]).toEqual({ type: 'START_SPAN', id: 'everspan-0', queue: traced.taskQueue });
    expect(closedLocally).toBe(false);
    const { traceId } = spanNamed(kept, 'workflow takeSignal');
    expectWholeTrace(kept, [startedRun('takeSignal', [activity('echo'), signalHandled('proceed')])], { traceId });
  });

  test("remote batches take none of the user's slots for eager activities", async () => {
    const path = (name: string) => fileURLToPath(new URL(`./workflows/${name}.ts`, import.meta.url));
    const scheduled = new Set<string>();
    const fn = (_info: unknown, activityType: string, isNeverEager: boolean) => {
      scheduled.add(`${activityType} ${isNeverEager ? 'never eager' : 'eager'}`);
    };
    const traced = await startTracedWorker({
      bundle,
      activities,
      everspan: { delivery: 'remote', lingerMs: 0 },
      worker: {
        workflowBundle: await bundleWorkflowCode({
          workflowsPath: path('carry-context'),
          workflowInterceptorModules: [path('observed-commands')],
          plugins: [new EverspanPlugin({ processors: [new InMemoryProcessor()] })],
          logger: new DefaultLogger('WARN'),
        }),
        sinks: { commands: { scheduled: { fn, callDuringReplay: false } } },
      },
    });
    await (await traced.start(takeTime)).result();
    await traced.finish();
    expect([...scheduled].sort()).toEqual(['END_SPAN never eager', 'echo eager']);
  });

  test('remote batches of a worker without activities go to a queue of their own', async () => {
    const traced = await startTracedWorker({ bundle, everspan: { delivery: 'remote', lingerMs: 0 } });
    const handle = await traced.start(doNothingElse);
    expect(await handle.result()).toBe('done');
    const { remote } = await deliveriesOf(handle);
    expectWholeTrace(await traced.finish(), [startedRun('doNothingElse', [timer(), timer()])]);
    expect(remote.length).toBeGreaterThan(0);
    expect(new Set(remote.map(({ queue }) => queue))).toEqual(new Set([`${traced.taskQueue}-everspan`]));
  });

  test('remote batches go to the span queue that is named', async () => {
    const everspan = { delivery: 'remote', lingerMs: 0 } as const;
    const spanTaskQueue = `spans-of-${process.pid}`;
    const traced = await startTracedWorker({ bundle, activities, everspan: { ...everspan, spanTaskQueue } });
    const handle = await traced.start(takeTime);
    await handle.result();
    const { remote } = await deliveriesOf(handle);
    expectWholeTrace(await traced.finish(), [timeTaken]);
    expect(remote.length).toBeGreaterThan(0);
    expect(new Set(remote.map(({ queue }) => queue))).toEqual(new Set([spanTaskQueue]));
  });
});
