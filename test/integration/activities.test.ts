import { activityInfo, CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { eventsOf } from '../helpers/history-events.js';
import { describeWith } from '../helpers/servers.js';
import { activity, localActivity, startedRun } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { expectWholeTrace, spanNamed, spansOfType } from '../helpers/whole-trace.js';
import {
  backOffLocally,
  backOffTwoAtOnce,
  callActivity,
  callLocalActivity,
  completeAsync,
  refuseLocally,
  retryActivity,
  retryLocalActivity,
  swallowFailure,
  swallowTimeout,
} from './workflows/call-activities.js';

let bundle: WorkflowBundle;
const hanging: (() => void)[] = [];
const tokens: ((token: Uint8Array) => void)[] = [];

const activities = {
  greet: async (name: string) => `Hello, ${name}`,
  failTwice: async () => {
    const { attempt } = activityInfo();
    if (attempt < 3) throw ApplicationFailure.retryable(`no ${attempt}`, 'NotYet');
    return `attempt ${attempt}`;
  },
  refuse: async () => {
    throw ApplicationFailure.nonRetryable('never', 'Refused');
  },
  completeElsewhere: async () => {
    tokens.pop()?.(activityInfo().taskToken);
    throw new CompleteAsyncError();
  },
  hang: () => new Promise<void>((resolve) => void hanging.push(resolve)),
};

const NOT_YET = { status: 'ERROR', attributes: { 'error.type': 'NotYet' } } as const;
const REFUSED = { status: 'ERROR', statusMessage: 'never', attributes: { 'error.type': 'Refused' } } as const;

describeWith('temporalServer')('activities', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('call-activities');
  });

  test('an activity is a span with its attempt below, and the run starts when the server says so', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(callActivity, ['Ada']);
    expect(await handle.result()).toBe('Hello, Ada');
    const { startTime } = await handle.describe();
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('callActivity', [activity('greet')])]);
    const root = spanNamed(memory, 'workflow callActivity');
    expect(root.startTime).toBe(startTime.getTime() * 1000);
    expect(root.attributes).toMatchObject({
      'temporal.workflow.id': handle.workflowId,
      'temporal.run.id': handle.firstExecutionRunId,
      'temporal.workflow.type': 'callActivity',
      'temporal.task_queue': traced.taskQueue,
      'temporal.namespace': 'default',
    });
    expect(spanNamed(memory, 'attempt greet').attributes).toMatchObject({
      'temporal.activity.id': '1',
      'temporal.activity.attempt': 1,
      'temporal.activity.is_local': false,
      'temporal.workflow.id': handle.workflowId,
    });
  });

  test('retries are attempts below one span of the activity', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(retryActivity);
    expect(await handle.result()).toBe('attempt 3');
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('retryActivity', [activity('failTwice', [NOT_YET, NOT_YET, {}])])]);
    const attempts = spansOfType(memory, 'attempt');
    expect(attempts.map((span) => [span.attempt, span.statusMessage])).toEqual([
      [1, 'no 1'],
      [2, 'no 2'],
      [3, undefined],
    ]);
    for (const [index, attempt] of attempts.slice(1).entries()) {
      expect(attempt.startTime).toBeGreaterThanOrEqual(attempts[index]?.endTime as number);
    }
  });

  test('a failure that the workflow swallows is the error of the activity alone', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(swallowFailure);
    expect(await handle.result()).toBe('swallowed ActivityFailure');
    expectWholeTrace(await traced.finish(), [startedRun('swallowFailure', [activity('refuse', [REFUSED], REFUSED)])]);
  });

  test('an activity that ran out of time has timed out, while its body goes on', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(swallowTimeout);
    expect(await handle.result()).toBe('swallowed ActivityFailure');
    for (const release of hanging.splice(0)) release();
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('swallowTimeout', [activity('hang', [{}], { status: 'TIMED_OUT' })])], {
      outlives: ['attempt hang'],
    });
    expect(spanNamed(memory, 'attempt hang').endTime).toBeGreaterThan(spanNamed(memory, 'activity hang').endTime as number);
  });

  test('a local activity is a span with its attempt below', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(callLocalActivity, ['Ada']);
    expect(await handle.result()).toBe('Hello, Ada');
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('callLocalActivity', [localActivity('greet')])]);
    expect(spanNamed(memory, 'attempt greet').attributes).toMatchObject({ 'temporal.activity.is_local': true });
  });

  test('retries of a local activity are attempts below one span', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(retryLocalActivity);
    expect(await handle.result()).toBe('attempt 3');
    expectWholeTrace(await traced.finish(), [
      startedRun('retryLocalActivity', [localActivity('failTwice', [NOT_YET, NOT_YET, {}])]),
    ]);
  });

  test('a local activity that backs off by timers of the server is one span, and its timers are none', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(backOffLocally);
    expect(await handle.result()).toBe('attempt 3');
    // It did back off that way: else this test would show nothing.
    expect((await eventsOf(handle, 'timerFiredEventAttributes')).length).toBeGreaterThanOrEqual(2);
    expectWholeTrace(await traced.finish(), [startedRun('backOffLocally', [localActivity('failTwice', [NOT_YET, NOT_YET, {}])])]);
  });

  test('two local activities that back off at once are two spans, each with its own attempts', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(backOffTwoAtOnce);
    expect(await handle.result()).toEqual(['attempt 3', 'attempt 3']);
    const one = localActivity('failTwice', [NOT_YET, NOT_YET, {}]);
    expectWholeTrace(await traced.finish(), [startedRun('backOffTwoAtOnce', [one, one])]);
  });

  test('a local activity that fails for good is an error', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(refuseLocally);
    expect(await handle.result()).toBe('swallowed ApplicationFailure');
    expectWholeTrace(await traced.finish(), [startedRun('refuseLocally', [localActivity('refuse', [REFUSED], REFUSED)])]);
  });

  test('an activity that is completed elsewhere ends when that is done, and its attempt is no error', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const token = new Promise<Uint8Array>((resolve) => void tokens.push(resolve));
    const handle = await traced.start(completeAsync);
    await traced.memory.waitFor((spans) => spans.some((span) => span.type === 'attempt' && span.endTime !== undefined));
    await traced.client.activity.complete(await token, 'from elsewhere');
    expect(await handle.result()).toBe('from elsewhere');
    const attempt = { attributes: { 'temporal.activity.async_completion': true } };
    expectWholeTrace(await traced.finish(), [startedRun('completeAsync', [activity('completeElsewhere', [attempt])])]);
  });
});
