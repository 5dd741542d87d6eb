import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { describeWith } from '../helpers/servers.js';
import { activity, custom, startedRun, timer } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { untilEvent } from '../helpers/history-events.js';
import { expectWholeTrace, spanNamed } from '../helpers/whole-trace.js';
import {
  cancelBackoff,
  cancelItself,
  continueWhenCancelled,
  failByTimeout,
  go,
  greetAndRest,
  greetLocally,
  greetOnce,
  misspell,
  readTable,
  retryForEver,
} from './workflows/odd-calls.js';

let bundle: WorkflowBundle;

const activities = {
  greet: async (name: string) => `Hello, ${name}`,
  fail: async () => {
    throw ApplicationFailure.retryable('not yet');
  },
  hang: async () => {
    await Context.current().cancelled;
  },
};

describeWith('temporalServer')('a workflow', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('odd-calls');
  });

  test('may say Infinity for unlimited attempts', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    expect(await (await traced.start(retryForEver)).result()).toBe('Hello, for ever');
    expectWholeTrace(await traced.finish(), [startedRun('retryForEver', [activity('greet')])]);
    expect(traced.plugin.stats().dropped).toEqual({});
  });

  test('that passes withSpan what its types forbid is unharmed, and its spans are whole', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    expect(await (await traced.start(misspell)).result()).toBe('unharmed');
    expectWholeTrace(await traced.finish(), [startedRun('misspell', [custom('misspelt'), custom('nothing')])]);
    expect(traced.plugin.stats().dropped).toEqual({});
  });

  test('runs as it does untraced where an interceptor wraps what activities answer', async () => {
    const traced = await startTracedWorker({
      bundle,
      activities,
      worker: {
        interceptors: {
          activity: [() => ({ inbound: { execute: async (input, next) => ({ wrapped: await next(input) }) } })],
        },
      },
    });
    const handle = await traced.start(greetOnce);
    expect(await handle.result()).toEqual({ wrapped: 'Hello, once' });
    const { events } = await handle.fetchHistory();
    expect(events?.filter((event) => event.workflowTaskFailedEventAttributes != null)).toEqual([]);
    expectWholeTrace(await traced.finish(), [startedRun('greetOnce', [activity('greet')])]);
  });

  test('is not told again what its worker refuses for ever', async () => {
    const refuse: ActivityInboundCallsInterceptor = {
      execute: async (input, next) => {
        if (Context.current().info.activityType !== 'greet') throw ApplicationFailure.nonRetryable('not on the list');
        return next(input);
      },
    };
    const traced = await startTracedWorker({
      bundle,
      activities,
      everspan: { lingerMs: 0 },
      worker: { interceptors: { activity: [() => ({ inbound: refuse })] } },
    });
    const handle = await traced.start(greetAndRest);
    expect(await handle.result()).toBe('Hello, and rest');
    const { events } = await handle.fetchHistory();
    const scheduled = events?.flatMap(({ activityTaskScheduledEventAttributes: made }) => made?.activityType?.name ?? []);
    expect(scheduled).toEqual(['greet']);
  });

  test('that turns out not to be sampled tells nothing of what it did until then', async () => {
    const traced = await startTracedWorker({ bundle, activities, everspan: { sampleRatio: 0 } });
    const { taskQueue, untracedClient } = traced;
    await untracedClient.workflow.execute('greetLocally', { taskQueue, workflowId: taskQueue });
    expect((await traced.finish()).events()).toEqual([]);
  });

  test('whose module opens a span while it loads is unharmed, and traced', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    expect(await (await traced.start(readTable)).result()).toEqual(['no trace']);
    expectWholeTrace(await traced.finish(), [startedRun('readTable')]);
  });

  test('that gives a local activity up while it backs off ends its span there and then', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(cancelBackoff);
    await untilEvent(traced.client, handle, 'timerStartedEventAttributes');
    await handle.signal(go);
    expect(await handle.result()).toBe('cancelled');
    const memory = await traced.finish();
    const { status, statusMessage, endTime } = spanNamed(memory, 'local activity fail');
    expect({ status, statusMessage }).toEqual({ status: 'CANCELED', statusMessage: 'Cancellation scope cancelled' });
    expect(endTime).toBe(spanNamed(memory, 'timer').startTime);
  });

  test('that is not cancelled and fails of a cancellation of its own has failed', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    await expect((await traced.start(cancelItself)).result()).rejects.toMatchObject({ name: 'WorkflowFailedError' });
    const failed = { status: 'ERROR', attributes: { 'error.type': 'CancelledFailure' } } as const;
    expectWholeTrace(await traced.finish(), [startedRun('cancelItself', [timer({ status: 'CANCELED' })], failed)]);
  });

  test('whose activity timed out has failed, not timed out', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    await expect((await traced.start(failByTimeout)).result()).rejects.toMatchObject({ name: 'WorkflowFailedError' });
    const memory = await traced.finish();
    expect(spanNamed(memory, 'activity hang').status).toBe('TIMED_OUT');
    expect(spanNamed(memory, 'workflow failByTimeout')).toMatchObject({
      status: 'ERROR',
      attributes: { 'error.type': 'TimeoutFailure' },
    });
  });

  test('that is cancelled and continues as new goes on in the same trace', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(continueWhenCancelled, [1]);
    await traced.memory.waitFor((spans) => spans.some((span) => span.type === 'timer'), { timeoutMs: 30_000 });
    await handle.cancel();
    expect(await handle.result()).toBe('continued');
    const memory = await traced.finish();
    const roots = memory.spans().filter((span) => span.type === 'workflow');
    expect(roots.map((span) => span.status).toSorted()).toEqual(['CONTINUED', 'OK']);
    expect(new Set(roots.map((span) => span.traceId)).size).toBe(1);
  });
});
