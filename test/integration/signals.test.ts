import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import type { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { describeWith } from '../helpers/servers.js';
import { activity, child, clientCall, run, signalHandled, signalSent, startedRun, timer } from '../helpers/span-patterns.js';
import { bundleTracedWorkflows, startTracedWorker } from '../helpers/traced-worker.js';
import { uniqueQueue } from '../helpers/temporal.js';
import { expectWholeTrace, spanNamed } from '../helpers/whole-trace.js';
import { breakOff, note, signalChild, signalNobody, signalOther, stop, takeNotes } from './workflows/exchange-signals.js';

let bundle: WorkflowBundle;
const activities = { greet: async (name: string) => `Hello, ${name}` };
const noted = signalHandled('note', [activity('greet')]);

/** Resolves once a signal's activity has told its end. */
function untilGreeted(memory: InMemoryProcessor): Promise<unknown> {
  return memory.waitFor((spans) => spans.some((span) => span.type === 'activity' && span.endTime !== undefined));
}

describeWith('temporalServer')('signals', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('exchange-signals');
  });

  test('a signal of a client is handled in the run, linked to the call, which is a trace of its own', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(takeNotes);
    await handle.signal(note, 'Ada');
    await untilGreeted(traced.memory);
    await handle.signal(stop);
    expect(await handle.result()).toEqual(['Hello, Ada']);
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow takeNotes');
    expectWholeTrace(memory, [startedRun('takeNotes', [noted, signalHandled('stop')])], { traceId });
    for (const name of ['note', 'stop']) {
      const call = spanNamed(memory, `signal ${name}`);
      expect(call.traceId).not.toBe(traceId);
      expectWholeTrace(memory, [clientCall('client_signal', `signal ${name}`)], { traceId: call.traceId });
      const handled = spanNamed(memory, `handle signal ${name}`);
      expect(handled.links).toEqual([{ traceId: call.traceId, spanId: call.spanId }]);
      expect(handled.startTime).toBeGreaterThanOrEqual(call.startTime);
      expect(handled.attributes['temporal.signal.name']).toBe(name);
    }
  });

  test('signalWithStart: one trace, in which the call is the parent of the run and of the handler', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.client.workflow.signalWithStart(takeNotes, {
      taskQueue: traced.taskQueue,
      workflowId: uniqueQueue('takeNotes'),
      signal: note,
      signalArgs: ['Ada'],
    });
    await untilGreeted(traced.memory);
    await handle.signal(stop);
    expect(await handle.result()).toEqual(['Hello, Ada']);
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow takeNotes');
    expectWholeTrace(
      memory,
      [
        clientCall('client_signal_with_start', 'signal note with start takeNotes', [
          run('takeNotes', [signalHandled('stop')]),
          noted,
        ]),
      ],
      { traceId },
    );
  });

  test('a signal to another workflow is a span of the sender; the receiver links to it', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const receiver = await traced.start(takeNotes);
    const sender = await traced.start(signalOther, [receiver.workflowId]);
    await sender.result();
    await receiver.result();
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow signalOther');
    expectWholeTrace(memory, [startedRun('signalOther', [signalSent('note'), signalSent('stop')])], { traceId });
    const sent = spanNamed(memory, 'signal note');
    expect(sent.attributes['temporal.target.workflow.id']).toBe(receiver.workflowId);
    expect(spanNamed(memory, 'handle signal note').links).toEqual([{ traceId, spanId: sent.spanId }]);
    expect(spanNamed(memory, 'handle signal note').traceId).toBe(spanNamed(memory, 'workflow takeNotes').traceId);
  });

  test('a signal to nobody is an error of the sender', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(signalNobody);
    expect(await handle.result()).toMatch(/^swallowed /);
    expectWholeTrace(await traced.finish(), [startedRun('signalNobody', [signalSent('stop', [], { status: 'ERROR' })])]);
  });

  test('a signal to a child is the parent of its handler', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(signalChild);
    expect(await handle.result()).toEqual(['Hello, from above']);
    expectWholeTrace(await traced.finish(), [
      startedRun('signalChild', [
        child('takeNotes', [run('takeNotes')]),
        signalSent('note', [noted]),
        timer(),
        signalSent('stop', [signalHandled('stop')]),
      ]),
    ]);
  });

  test('a handler that fails the run ends every span with it', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(takeNotes);
    await handle.signal(breakOff);
    await expect(handle.result()).rejects.toThrow('Workflow execution failed');
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow takeNotes');
    const failed = { status: 'ERROR', statusMessage: 'broken off', attributes: { 'error.type': 'BrokenOff' } } as const;
    expectWholeTrace(memory, [startedRun('takeNotes', [signalHandled('breakOff', [], failed)], failed)], { traceId });
  });

  test('signals that come before the first task are handled in the run, and what they began is left open with it', async () => {
    const traced = await startTracedWorker({ bundle, activities });
    const handle = await traced.start(takeNotes, [], { startDelay: '1 second' });
    await handle.signal(note, 'one');
    await handle.signal(stop);
    expect(await handle.result()).toEqual([]);
    const memory = await traced.finish();
    const { traceId } = spanNamed(memory, 'workflow takeNotes');
    const left = { status: 'CANCELED', statusMessage: 'left open by the workflow' } as const;
    expectWholeTrace(
      memory,
      [startedRun('takeNotes', [signalHandled('note', [activity('greet', [], left)], left), signalHandled('stop')])],
      { traceId },
    );
  });
});
