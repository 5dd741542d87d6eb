import { Context } from '@temporalio/activity';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { describeWith } from '../helpers/servers.js';
import { activity, child, run, signalHandled, startedRun } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { expectWholeTrace, spanNamed, spansOfType } from '../helpers/whole-trace.js';
import {
  abandonChild,
  callChild,
  callChildren,
  cancelChild,
  letGo,
  startTakenChild,
  swallowChildEnd,
  swallowChildFailure,
  waitInChild,
} from './workflows/call-children.js';

let bundle: WorkflowBundle;
const activities = { greet: async (name: string) => `Hello, ${name}` };
const FAILED = { status: 'ERROR', statusMessage: 'the child fails', attributes: { 'error.type': 'ChildTrouble' } } as const;

describeWith('temporalServer')('child workflows', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('call-children');
  });

  test('a child is a span of its parent with its own run below, in one trace', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(callChild);
    expect(await handle.result()).toBe('Hello, Ada');
    const memory = await traced.finish();
    expectWholeTrace(memory, [startedRun('callChild', [child('greetInChild', [run('greetInChild', [activity('greet')])])])]);
    const [seen, own] = [spanNamed(memory, 'child workflow greetInChild'), spanNamed(memory, 'workflow greetInChild')];
    expect(seen.attributes).toMatchObject({
      'temporal.child.workflow.id': own.attributes['temporal.workflow.id'],
      'temporal.child.run.id': own.attributes['temporal.run.id'],
    });
    expect(own.attributes['temporal.parent.workflow.id']).toBe(handle.workflowId);
  });

  test('a child that fails is an error of its own and of the call, not of a parent that swallows it', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(swallowChildFailure);
    expect(await handle.result()).toBe('swallowed ChildWorkflowFailure');
    expectWholeTrace(await traced.finish(), [
      startedRun('swallowChildFailure', [child('failInChild', [run('failInChild', [], FAILED)], FAILED)]),
    ]);
  });

  test('a child whose id is taken never starts: the call is an error without a run below', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const other = await traced.start(waitInChild);
    const handle = await traced.start(startTakenChild, [other.workflowId]);
    expect(await handle.result()).toBe('swallowed WorkflowExecutionAlreadyStartedError');
    await other.terminate();
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow startTakenChild');
    const taken = child('waitInChild', [], {
      status: 'ERROR',
      attributes: { 'error.type': 'WorkflowExecutionAlreadyStartedError' },
    });
    expectWholeTrace(memory, [startedRun('startTakenChild', [taken])], { traceId });
  });

  test('an abandoned child lives on: the call ends with the parent, the run with itself', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(abandonChild);
    const childId = await handle.result();
    await traced.memory.waitFor((spans) => spans.some((span) => span.name === 'workflow waitInChild'));
    const lives = traced.client.workflow.getHandle(childId);
    await lives.signal(letGo);
    expect(await lives.result()).toBe('let go');
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow abandonChild');
    const call = child('waitInChild', [run('waitInChild', [signalHandled('letGo')])], {
      status: 'CANCELED',
      statusMessage: 'left open by the workflow',
    });
    expectWholeTrace(memory, [startedRun('abandonChild', [call])], { traceId, outlives: ['workflow waitInChild'] });
    expect(spanNamed(memory, 'child workflow waitInChild').endTime).toBe(spanNamed(memory, 'workflow abandonChild').endTime);
  });

  test('a cancelled child is cancelled in both of its spans', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(cancelChild);
    expect(await handle.result()).toBe('cancelled');
    const canceled = { status: 'CANCELED' } as const;
    expectWholeTrace(await traced.finish(), [
      startedRun('cancelChild', [child('waitInChild', [run('waitInChild', [], canceled)], canceled)]),
    ]);
  });

  test.each([
    // It failed, by whatever befell what it called.
    ['fails by a timeout', 'ERROR', { 'error.type': 'TimeoutFailure' }],
    ['fails by a cancellation', 'ERROR', { 'error.type': 'CancelledFailure' }],
    ['times out', 'TIMED_OUT', { 'error.type': 'TimeoutFailure' }],
    ['is terminated', 'TERMINATED', { 'error.type': 'TerminatedFailure' }],
  ] as const)('a child that %s makes its call %s, and the code around it an error', async (end, status, attributes) => {
    const hang = async (): Promise<void> => {
      await Context.current().cancelled;
    };
    const traced = await startTracedWorker({ bundle, activities: { ...activities, hang } });
    const handle = await traced.start(swallowChildEnd, [end]);
    if (end === 'is terminated') {
      await traced.memory.waitFor((spans) => spans.some((span) => span.name === 'workflow waitInChild'));
      await traced.client.workflow.getHandle(`${handle.workflowId}-child`).terminate();
    }
    expect(await handle.result()).toBe('swallowed ChildWorkflowFailure');
    const memory = await traced.finish();
    const [call] = spansOfType(memory, 'child_workflow');
    expect(call).toMatchObject({ status, attributes });
    expect(spanNamed(memory, 'call')).toMatchObject({ status: 'ERROR', attributes });
  });

  test('twenty children at once have twenty runs, each below its own call', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(callChildren, [20]);
    await handle.result();
    const memory = await traced.finish();
    const one = child('greetInChild', [run('greetInChild', [activity('greet')])]);
    expectWholeTrace(memory, [
      startedRun(
        'callChildren',
        Array.from({ length: 20 }, () => one),
      ),
    ]);
    const called = new Map(spansOfType(memory, 'child_workflow').map((span) => [span.spanId, span]));
    for (const own of spansOfType(memory, 'workflow').filter((span) => span.name === 'workflow greetInChild')) {
      const caller = called.get(own.parentId as string);
      expect(caller?.attributes['temporal.child.run.id']).toBe(own.attributes['temporal.run.id']);
    }
  });
});
