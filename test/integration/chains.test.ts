import type { WorkflowBundle } from '@temporalio/worker';
import { defaultPayloadConverter } from '@temporalio/common';
import { beforeAll, expect, test } from 'vitest';
import { generateTraceId } from '../../src/interceptors/generate-trace-id.js';
import type { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import type { Span } from '../../src/span/span.js';
import type { TraceHeader } from '../../src/wire/span-batch.js';
import { describeWith } from '../helpers/servers.js';
import { activity, clientCall, run, startedRun } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { expectWholeTrace, spansOfType } from '../helpers/whole-trace.js';
import { countDown, failOnce, greetOnSchedule } from './workflows/go-on.js';

let bundle: WorkflowBundle;
const activities = { greet: async (name: string) => `Hello, ${name}` };
const continued = run('countDown', [activity('greet')], { status: 'CONTINUED' });

function runsOf(memory: InMemoryProcessor): [Span, Span, ...Span[]] {
  const runs = spansOfType(memory, 'workflow');
  expect(runs.length).toBeGreaterThan(1);
  return runs as [Span, Span, ...Span[]];
}

describeWith('temporalServer')('chains of runs', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('go-on');
  });

  test('runs that continue as new are one trace, each linked to the one before', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(countDown, [2]);
    expect(await handle.result()).toBe('done');
    const memory = await traced.finish();
    expectWholeTrace(memory, [
      clientCall('client_start', 'start workflow countDown', [continued, continued, run('countDown', [activity('greet')])]),
    ]);
    const [first, second, third] = runsOf(memory);
    expect(first.links).toEqual([]);
    for (const [earlier, later] of [
      [first, second],
      [second, third as Span],
    ] as const) {
      expect(later.links).toEqual([
        { traceId: first.traceId, spanId: earlier.spanId, attributes: { 'everspan.link': 'continued_from' } },
      ]);
      expect(later.startTime).toBeGreaterThanOrEqual(earlier.endTime as number);
    }
  });

  test('with trace scope "run" each run is a trace of its own, linked to the one before', async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { traceScope: 'run' } });
    const handle = await traced.start(countDown, [2]);
    expect(await handle.result()).toBe('done');
    const memory = await traced.finish();
    const [first, second, third] = runsOf(memory) as [Span, Span, Span];
    expect(new Set([first.traceId, second.traceId, third.traceId]).size).toBe(3);
    expectWholeTrace(memory, [startedRun('countDown', [activity('greet')], { status: 'CONTINUED' })], {
      traceId: first.traceId,
    });
    expectWholeTrace(memory, [continued], { traceId: second.traceId });
    expectWholeTrace(memory, [run('countDown', [activity('greet')])], { traceId: third.traceId });
    const attributes = { 'everspan.link': 'continued_from' };
    expect(second.links).toEqual([{ traceId: first.traceId, spanId: first.spanId, attributes }]);
    expect(third.links).toEqual([{ traceId: second.traceId, spanId: second.spanId, attributes }]);
  });

  test.each([
    ['of 10,000 spans goes on in a new, linked trace', { spans: 9_999, since: Date.now() }, true],
    ['of 24 hours goes on in a new, linked trace', { spans: 10, since: Date.now() - 24 * 60 * 60 * 1000 }, true],
    ['below both limits stays in its trace', { spans: 9_000, since: Date.now() - 23 * 60 * 60 * 1000 }, false],
  ] as const)('a chain %s', async (_name, soFar, rollsOver) => {
    const traceId = generateTraceId();
    const header: TraceHeader = { v: 1, t: traceId, f: 1, c: { prev: '00000000000000aa', ...soFar } };
    const traced = await startTracedWorker({
      bundle,
      activities,
      client: {
        interceptors: {
          workflow: [
            {
              startWithDetails: (input, next) =>
                next({ ...input, headers: { ...input.headers, everspan: defaultPayloadConverter.toPayload(header) } }),
            },
          ],
        },
      },
    });
    const handle = await traced.start(countDown, [1]);
    expect(await handle.result()).toBe('done');
    const memory = await traced.finish();
    const [first, second] = runsOf(memory);
    expect(first.traceId).toBe(traceId);
    expect(second.traceId === traceId).toBe(!rollsOver);
    expect(second.links).toEqual([{ traceId, spanId: first.spanId, attributes: { 'everspan.link': 'continued_from' } }]);
    const last = run('countDown', [activity('greet')]);
    expectWholeTrace(memory, rollsOver ? [continued] : [continued, last], { traceId });
    expectWholeTrace(memory, rollsOver ? [last] : [continued, last], { traceId: second.traceId });
  });

  test('a workflow that is retried is one trace, its runs linked', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(failOnce, [], { retry: { initialInterval: 10, maximumAttempts: 3 } });
    expect(await handle.result()).toBe('attempt 2');
    const memory = await traced.finish();
    const failed = { status: 'ERROR', statusMessage: 'not at once', attributes: { 'temporal.workflow.attempt': 1 } } as const;
    expectWholeTrace(memory, [
      clientCall('client_start', 'start workflow failOnce', [
        run('failOnce', [activity('greet')], failed),
        run('failOnce', [activity('greet')], { attributes: { 'temporal.workflow.attempt': 2 } }),
      ]),
    ]);
    const [first, second] = runsOf(memory);
    expect(second.links).toEqual([
      { traceId: first.traceId, spanId: first.spanId, attributes: { 'everspan.link': 'previous_run' } },
    ]);
  });

  test('a workflow started without a trace has one of its own, also for its retry', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    // The worker's plugin traces; this client has none.
    const handle = await traced.untracedClient.workflow.start(failOnce, {
      taskQueue: traced.taskQueue,
      workflowId: traced.taskQueue,
      retry: { initialInterval: 10, maximumAttempts: 3 },
    });
    expect(await handle.result()).toBe('attempt 2');
    const memory = await traced.finish();
    expectWholeTrace(memory, [run('failOnce', [activity('greet')], { status: 'ERROR' }), run('failOnce', [activity('greet')])]);
    expect(memory.spans()[0]?.traceId).toMatch(/^[0-9a-f]{12}7/);
  });

  test('later runs of a cron have traces of their own, linked to the call that began it', { timeout: 180_000 }, async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(greetOnSchedule, [], { cronSchedule: '@every 1s' });
    await traced.memory.waitFor(
      (spans) => spans.filter((span) => span.type === 'workflow' && span.endTime !== undefined).length >= 2,
      { timeoutMs: 120_000 },
    );
    await handle.terminate();
    const memory = await traced.finish();
    const [first, second] = runsOf(memory);
    expect(second.traceId).not.toBe(first.traceId);
    expectWholeTrace(memory, [startedRun('greetOnSchedule', [activity('greet')])], { traceId: first.traceId });
    expectWholeTrace(memory, [run('greetOnSchedule', [activity('greet')])], { traceId: second.traceId });
    expect(second.links).toEqual([{ traceId: first.traceId, spanId: first.parentId }]);
    expect(second.attributes['temporal.cron']).toBe('@every 1s');
  });

  test('runs of a schedule have traces of their own, linked to its creation', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const schedule = await traced.client.schedule.create({
      scheduleId: traced.taskQueue,
      spec: {},
      action: { type: 'startWorkflow', workflowType: greetOnSchedule, taskQueue: traced.taskQueue, workflowId: traced.taskQueue },
    });
    const isOver = (count: number) => (spans: readonly Span[]) =>
      spans.filter((span) => span.type === 'workflow' && span.endTime !== undefined).length >= count;
    await schedule.trigger();
    await traced.memory.waitFor(isOver(1), { timeoutMs: 30_000 });
    // The server names a scheduled run by the second it is for: a second one in the same second would be refused as started already.
    await new Promise((resolve) => setTimeout(resolve, 1_100 - (Date.now() % 1_000)));
    // The schedule itself may not know yet that the first run is over.
    await schedule.trigger('ALLOW_ALL');
    await traced.memory.waitFor(isOver(2), { timeoutMs: 30_000 });
    await schedule.delete();
    const memory = await traced.finish();
    const creation = memory.spans().find((span) => span.type === 'client_schedule') as Span;
    expectWholeTrace(memory, [clientCall('client_schedule', `create schedule ${traced.taskQueue}`)], {
      traceId: creation.traceId,
    });
    const [first, second] = runsOf(memory);
    expect(new Set([creation.traceId, first.traceId, second.traceId]).size).toBe(3);
    for (const one of [first, second]) {
      expectWholeTrace(memory, [run('greetOnSchedule', [activity('greet')])], { traceId: one.traceId });
      expect(one.links).toEqual([{ traceId: creation.traceId, spanId: creation.spanId }]);
    }
  });
});
