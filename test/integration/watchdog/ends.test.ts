import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import type { Span } from '../../../src/span/span.js';
import { MemoryStore } from '../../../src/store/memory-store.js';
import type { TraceSummary } from '../../../src/store/span-store.js';
import { sweep } from '../../../src/watchdog/sweep.js';
import { eventsOf, ofType } from '../../helpers/event-history.js';
import { describeWith } from '../../helpers/servers.js';
import { bundleTracedWorkflows, startTracedWorker, type TracedWorker } from '../../helpers/traced-worker.js';
import type * as workflows from '../workflows/watched.js';
import { WatchedIndex, runOf, sweepTools, watchedOptions } from './watched.js';

const named = <Name extends keyof typeof workflows>(name: Name) =>
  ({ [name]: { name } })[name] as unknown as (typeof workflows)[Name];

describeWith('temporalServer')('after one sweep', () => {
  let bundle: WorkflowBundle;
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('watched');
  });

  test('every span of a run that is gone has the run status and close time, and none of a living run is touched', async () => {
    const index = new WatchedIndex();
    const worker = await startTracedWorker({
      bundle,
      // A run that closes sends nothing: what a process that is killed at that moment leaves behind.
      everspan: watchedOptions(index, { closing: 'record' }),
    });
    const { client, memory } = worker;
    const start = (name: keyof typeof workflows, options = {}) =>
      worker.start(named(name) as () => Promise<unknown>, [], options);

    const living = await start('waitForDays');
    const terminated = await start('waitForDays');
    const cancelled = await start('waitForDays');
    const timedOut = await start('waitForDays', { workflowRunTimeout: '3s' });
    const completed = await start('endWell');
    const failed = await start('endBadly');
    const continued = await start('goOnAndWait');
    for (const handle of [living, terminated, cancelled]) await openSpansOf(worker, handle, 3);
    await terminated.terminate('no longer wanted');
    await cancelled.cancel();
    await completed.result();
    for (const handle of [failed, cancelled, timedOut]) await expect(handle.result()).rejects.toThrow();
    await memory.waitFor((spans) => spans.filter((span) => isOf(span, continued) && span.type === 'workflow').length === 2);
    const openBefore = memory.open();

    const { parts } = sweepTools(client, [memory], { openSpans: index });
    const report = await sweep(parts, { settings: { graceMs: 0 } });

    expect(report).toMatchObject({ reach: 'index', isFullPass: true, runsUnanswered: 0, spansUndelivered: 0 });
    const expected: readonly (readonly [WorkflowHandle, string])[] = [
      [terminated, 'TERMINATED'],
      [cancelled, 'CANCELED'],
      [timedOut, 'TIMED_OUT'],
      [completed, 'OK'],
      [failed, 'ERROR'],
    ];
    for (const [handle, status] of expected) {
      const closedAt = (await handle.describe()).closeTime?.getTime();
      const ended = memory
        .spans()
        .filter((span) => isOf(span, handle) && openBefore.some(({ spanId }) => spanId === span.spanId));
      expect(ended.length, status).toBeGreaterThan(1);
      for (const span of ended) {
        expect([span.name, span.status, msOf(span.endTime)]).toEqual([span.name, status, closedAt]);
        const opened = openBefore.find(({ spanId }) => spanId === span.spanId) as Span;
        // Whole: all that its START carried.
        expect(span).toMatchObject({ parentId: opened.parentId, startTime: opened.startTime, attributes: opened.attributes });
      }
    }
    const runs = memory.spans().filter((span) => isOf(span, continued) && span.type === 'workflow');
    expect(runs.map(({ status }) => status).sort()).toEqual(['CONTINUED', 'RUNNING']);
    expect(rootOf(memory.spans(), failed)).toMatchObject({
      source: 'recorded',
      statusMessage: 'the tide is out',
      attributes: { 'error.type': 'LowTide', 'everspan.ended_by': 'watchdog' },
    });
    expect(rootOf(memory.spans(), terminated)).toMatchObject({ source: 'recorded', statusMessage: 'no longer wanted' });
    expect(
      memory
        .open()
        .filter((span) => isOf(span, living))
        .map(({ name }) => name),
    ).toHaveLength(3);
    expect(memory.open().every((span) => isOf(span, living) || isOf(span, continued))).toBe(true);
    const listed = await listedOf(memory.spans());
    for (const [handle, status] of [...expected, [living, 'RUNNING'], [continued, 'CONTINUED']] as const) {
      expect(listed.get(handle.workflowId)).toMatchObject({ name: expect.stringMatching(/^workflow /) as unknown, status });
    }
    const livingRunId = (await living.describe()).runId;
    expect(index.renewed).toContain(livingRunId);

    const again = await sweep(parts, { settings: { graceMs: 0 }, after: report.mark });
    expect(again).toMatchObject({ runsClosed: 0, spansClosed: 0, isFullPass: false });
    await Promise.all([living, continued].map((handle) => client.workflow.getHandle(handle.workflowId).terminate()));
  });

  test('a run that was reset is judged by the run that goes on in its place', async () => {
    const index = new WatchedIndex();
    const worker = await startTracedWorker({ bundle, everspan: watchedOptions(index) });
    const { client, memory } = worker;
    const handle = await worker.start(named('waitTwice') as () => Promise<unknown>, []);
    const first = runOf(await spanCalled(worker, 'first wait'));
    // A second task, to go back to: what was told of in the first is not told of again.
    await handle.signal('a signal that nobody takes');
    const finished = await finishedTasks(client, handle, 2);
    const { runId } = await client.workflowService.resetWorkflowExecution({
      namespace: first.namespace,
      workflowExecution: { workflowId: first.workflowId, runId: first.runId },
      reason: 'once more',
      workflowTaskFinishEventId: finished[1]?.eventId ?? null,
      requestId: randomUUID(),
    });
    const { parts } = sweepTools(client, [memory], { openSpans: index });
    const second = { ...first, runId };

    const whileItRuns = await sweep(parts, { settings: { graceMs: 0 } });
    expect(whileItRuns).toMatchObject({ spansClosed: 0 });
    expect(
      memory
        .open()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['first wait', 'workflow waitTwice']);
    expect(await index.spansOf(first)).toEqual([]);
    expect((await index.spansOf(second)).map(({ name }) => name).sort()).toEqual(['first wait', 'workflow waitTwice']);

    await client.workflow.getHandle(handle.workflowId, runId).signal('go');
    await spanCalled(worker, 'timer');
    await client.workflow.getHandle(handle.workflowId, runId).terminate();
    await sweep(parts, { settings: { graceMs: 0 } });
    expect(memory.open()).toEqual([]);
    // The client's own spans come when they come.
    const ofRuns = memory.spans().filter(({ type }) => !type.startsWith('client_'));
    expect(Object.fromEntries(ofRuns.map(({ name, status }) => [name, status]))).toEqual({
      'workflow waitTwice': 'TERMINATED',
      // The second run ended it itself: the index has not given it back.
      'first wait': 'OK',
      'handle signal go': 'OK',
      'second wait': 'TERMINATED',
      timer: 'TERMINATED',
    });
  });
});

function isOf(span: Span, { workflowId }: { readonly workflowId: string }): boolean {
  return span.attributes['temporal.workflow.id'] === workflowId && span.kind !== 'CLIENT';
}

function rootOf(spans: readonly Span[], handle: WorkflowHandle): Span | undefined {
  return spans.find((span) => isOf(span, handle) && span.type === 'workflow');
}

async function openSpansOf({ memory }: TracedWorker, handle: WorkflowHandle, count: number): Promise<void> {
  await memory.waitFor((spans) => spans.filter((span) => isOf(span, handle) && span.endTime === undefined).length === count);
}

async function spanCalled({ memory }: TracedWorker, name: string): Promise<Span> {
  const spans = await memory.waitFor((all) => all.some((span) => span.name === name));
  return spans.find((span) => span.name === name) as Span;
}

// The events that completed the run's tasks, once there are so many.
async function finishedTasks(client: Client, { workflowId }: WorkflowHandle, count: number) {
  for (;;) {
    const finished = ofType(await eventsOf(client, workflowId), 'WORKFLOW_TASK_COMPLETED');
    if (finished.length >= count) return finished;
    await delay(20);
  }
}

// The SDK's dates cut what is below a millisecond.
function msOf(micros: number | undefined): number {
  return Math.floor((micros ?? 0) / 1_000);
}

/** Traces as a store lists them, by workflow. */
async function listedOf(spans: readonly Span[]): Promise<ReadonlyMap<string | undefined, TraceSummary>> {
  const store = new MemoryStore();
  await store.upsert(spans, { accountId: 'default' });
  const { items } = await store.listTraces({}, { limit: 1_000 }, { accountId: 'default' });
  return new Map(items.map((trace) => [trace.workflowId, trace]));
}
