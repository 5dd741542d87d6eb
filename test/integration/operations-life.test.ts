import { randomUUID } from 'node:crypto';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import type { Span } from '../../src/span/span.js';
import { eventsOf, localActivityOf, ofType, taskFailures } from '../helpers/event-history.js';
import { startOperationWorker } from '../helpers/operation-worker.js';
import { describeWith } from '../helpers/servers.js';
import { bundleTracedWorkflows } from '../helpers/traced-worker.js';
import { expectWholeTrace, spansOfType } from '../helpers/whole-trace.js';
import {
  callBetween,
  failWhenCancelled,
  goOn,
  leaveQueued,
  takeIllegalStep,
  waitBetween,
  wholeLife,
} from './workflows/drive-operations.js';

const activities = {
  gather: async (question: string) => [`about ${question}`],
  infer: async (question: string) => `answer to ${question}`,
  deliver: async () => {},
  step: async (value: number) => value,
};

// A deadline against a hang.
const SOON = { timeout: 30_000 };

let bundle: WorkflowBundle;

/** An operation's events, one text each. */
function stepsOf(span: Span | undefined): string[] {
  return (span?.events ?? []).map(({ name, attributes = {} }) => {
    const { 'everspan.operation.from': from = '', 'everspan.operation.to': to = '' } = attributes;
    const { 'everspan.operation.version': version = '', 'everspan.operation.epoch': epoch = '' } = attributes;
    return `${name.replace('everspan.operation.', '')} ${String(from)}>${String(to)} v${String(version)} e${String(epoch)}`;
  });
}

describeWith('temporalServer')('an operation that a workflow drives', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('drive-operations');
  });

  test('goes from RECEIVED to COMPLETED with a checkpoint, and is a span with an event for each step', async () => {
    const worker = await startOperationWorker({ bundle, activities });
    const handle = await worker.start(wholeLife, ['why']);
    const result = await handle.result();
    const memory = await worker.finish();
    const [span] = spansOfType(memory, 'operation');
    expect(result).toEqual({
      saved: { passages: ['about why'] },
      step: 'gathered',
      state: 'COMPLETED',
      epoch: 1,
      version: 11,
      id: span?.traceId,
    });
    expectWholeTrace(memory, [
      {
        type: 'client_start',
        children: [
          {
            type: 'workflow',
            children: [
              {
                type: 'operation',
                status: 'OK',
                attributes: { 'everspan.operation.state': 'COMPLETED', 'everspan.operation.epoch': 1 },
              },
              ...['gather', 'infer', 'deliver'].map((name) => ({ name: `activity ${name}`, children: [{ type: 'attempt' }] })),
            ],
          },
        ],
      },
    ]);
    expect(stepsOf(span)).toEqual([
      'transition >RECEIVED v1 e0',
      'transition RECEIVED>PREPROCESSING v2 e0',
      'transition PREPROCESSING>QUEUED v3 e0',
      'transition QUEUED>CLAIMED v4 e1',
      'transition CLAIMED>PRE_INFERENCE_GATHER v5 e1',
      'transition PRE_INFERENCE_GATHER>INFERRING v6 e1',
      'transition INFERRING>POSTPROCESSING v8 e1',
      'transition POSTPROCESSING>DELIVERING v9 e1',
      'transition DELIVERING>DELIVERED v10 e1',
      'transition DELIVERED>COMPLETED v11 e1',
    ]);
    expect(await worker.store.get((result as { id: string }).id)).toMatchObject({
      metadata: { question: 'why', queue: 'gpu' },
      state: 'COMPLETED',
    });
    const events = await eventsOf(worker.client, handle.workflowId);
    expect(taskFailures(events)).toEqual([]);
  });

  test('that is caught at an illegal step says both states and the legal ones, and the span has the refusal', async () => {
    const worker = await startOperationWorker({ bundle, activities });
    const result = await (await worker.start(takeIllegalStep, [true])).result();
    expect(result).toMatchObject({
      type: 'ILLEGAL_TRANSITION',
      nonRetryable: true,
      message: expect.stringMatching(/QUEUED to DELIVERED.*CLAIMED, ERRORED/),
      details: [{ from: 'QUEUED', to: 'DELIVERED', version: 2, epoch: 0, legal: ['CLAIMED', 'ERRORED'] }],
    });
    const [span] = spansOfType(await worker.finish(), 'operation');
    expect(stepsOf(span)).toEqual([
      'transition >RECEIVED v1 e0',
      'transition RECEIVED>QUEUED v2 e0',
      'refused QUEUED>DELIVERED v2 e0',
      'transition QUEUED>ERRORED v3 e0',
      'transition ERRORED>COMPLETED v4 e0',
    ]);
    expect(span).toMatchObject({ status: 'ERROR', attributes: { 'error.type': 'ILLEGAL_TRANSITION' } });
    expect(span?.events[2]?.attributes).toMatchObject({ 'error.type': 'ILLEGAL_TRANSITION' });
  });

  test('fails the workflow at an illegal step that nobody catches, and stays what it was, its span open', async () => {
    const worker = await startOperationWorker({ bundle, activities });
    const handle = await worker.start(takeIllegalStep, [false]);
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'ILLEGAL_TRANSITION' } });
    const memory = await worker.finish();
    const [span] = memory.open();
    expect(memory.open()).toHaveLength(1);
    expect(span).toMatchObject({ type: 'operation', status: 'RUNNING', attributes: { 'everspan.operation.state': 'QUEUED' } });
    expect(stepsOf(span).at(-1)).toBe('refused QUEUED>DELIVERED v2 e0');
    expect(await worker.store.get(span?.traceId ?? '')).toMatchObject({ state: 'QUEUED', refusedWrites: 1 });
  });

  test('goes on over continue-as-new as one operation with one span', async () => {
    const worker = await startOperationWorker({ bundle, activities });
    const handle = await worker.start(goOn, [3]);
    expect(await handle.result()).toMatchObject({ found: 'INFERRING', saved: { left: 2 }, epoch: 1 });
    const memory = await worker.finish();
    const spans = spansOfType(memory, 'operation');
    expect(spans).toHaveLength(1);
    expect(memory.open()).toEqual([]);
    expect(stepsOf(spans[0]).map((step) => step.replace(/ v\d+ /, ' '))).toEqual([
      'transition >RECEIVED e0',
      'transition RECEIVED>QUEUED e0',
      'transition QUEUED>CLAIMED e1',
      'transition CLAIMED>PRE_INFERENCE_GATHER e1',
      'transition PRE_INFERENCE_GATHER>INFERRING e1',
      'transition INFERRING>POSTPROCESSING e1',
      'transition POSTPROCESSING>DELIVERING e1',
      'transition DELIVERING>DELIVERED e1',
      'transition DELIVERED>COMPLETED e1',
    ]);
    const [firstRun] = spansOfType(memory, 'workflow');
    expect(spans[0]).toMatchObject({ parentId: firstRun?.spanId, status: 'OK' });
    const { workflow } = (await worker.store.get(spans[0]?.traceId ?? ''))?.owner ?? {};
    expect(workflow?.runId).toBe((await worker.client.workflow.getHandle(handle.workflowId).describe()).runId);
  });

  test('has a span in each trace of a chain in which every run has its own', async () => {
    const worker = await startOperationWorker({ bundle, activities, everspan: { traceScope: 'run' } });
    await (await worker.start(goOn, [3])).result();
    const memory = await worker.finish();
    const spans = spansOfType(memory, 'operation');
    expect(spans.map(({ status }) => status)).toEqual(['CONTINUED', 'CONTINUED', 'OK']);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(3);
    expect(new Set(spans.map(({ attributes }) => attributes['everspan.operation.id'])).size).toBe(1);
    expect(memory.open()).toEqual([]);
  });

  test('is written down as failed in a run that was cancelled', async () => {
    const worker = await startOperationWorker({ bundle, activities });
    const handle = await worker.start(failWhenCancelled);
    await expect.poll(async () => (await worker.store.list({ limit: 1, states: ['QUEUED'] })).operations.length, SOON).toBe(1);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    const memory = await worker.finish();
    const [span] = spansOfType(memory, 'operation');
    expect(memory.open()).toEqual([]);
    expect(span).toMatchObject({
      status: 'ERROR',
      attributes: { 'everspan.operation.state': 'ERRORED', 'error.type': 'CancelledFailure' },
    });
  });

  test.each(['on', 'off'] as const)(
    "leaves the ids of the user's activities and timers as they are, in mode %s",
    async (mode) => {
      const worker = await startOperationWorker({ bundle, activities, everspan: { mode } });
      const handle = await worker.start(callBetween);
      expect(await handle.result()).toBe(6);
      const events = await eventsOf(worker.client, handle.workflowId);
      const remote = events.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityId ?? []);
      expect(remote).toEqual(['1', '3']);
      expect(
        events.flatMap((event) => event.timerStartedEventAttributes?.timerId ?? []).filter((id) => Number(id) < 1_000),
      ).toEqual(['1']);
      const locals = events.flatMap((event) => localActivityOf(event) ?? []).filter(({ seq }) => seq < 1_000);
      expect(locals.map(({ activityId }) => activityId)).toEqual(['2']);
      await worker.finish();
    },
  );

  test.each([
    ['in mode off', { mode: 'off' }],
    ['of a trace that is sampled out', { sampleRatio: 0 }],
    ['with the trace decided by the run', { sampleRatio: 0, delivery: 'remote' }],
  ] as const)('is driven all the same %s, without a span', async (_what, everspan) => {
    const worker = await startOperationWorker({ bundle, activities, everspan });
    const handle = await worker.start(wholeLife, ['why']);
    expect(await handle.result()).toMatchObject({ state: 'COMPLETED', version: 11, saved: { passages: ['about why'] } });
    expect((await worker.finish()).spans()).toEqual([]);
  });

  test('stays, with its span, where the run ends first', async () => {
    const worker = await startOperationWorker({ bundle, activities });
    const operationId = await (await worker.start(leaveQueued)).result();
    const memory = await worker.finish();
    expect(memory.open().map(({ type }) => type)).toEqual(['operation']);
    expect(memory.open()[0]?.attributes['everspan.operation.state']).toBe('QUEUED');
    expect(await worker.store.get(operationId)).toMatchObject({ state: 'QUEUED' });
  });

  test('is where it was after a reset, which does again what was done and is told so', async () => {
    const worker = await startOperationWorker({ bundle, activities });
    const { client } = worker;
    const handle = await worker.start(waitBetween);
    await handle.signal('go');
    expect(await handle.result()).toBe('CLAIMED');
    const [operation] = (await worker.store.list({ limit: 1, states: ['CLAIMED'] })).operations;
    const [firstTask] = ofType(await eventsOf(client, handle.workflowId), 'WORKFLOW_TASK_COMPLETED');
    const { runId } = await client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle.workflowId, runId: handle.firstExecutionRunId },
      reason: 'reset by hand',
      requestId: randomUUID(),
      workflowTaskFinishEventId: firstTask?.eventId ?? null,
    });
    expect(await client.workflow.getHandle(handle.workflowId, runId).result()).toBe('CLAIMED');
    const after = await worker.store.get(operation?.operationId ?? '');
    expect(after).toMatchObject({ state: 'CLAIMED', epoch: 1, version: 3, refusedWrites: 0 });
    expect(taskFailures(await eventsOf(client, handle.workflowId, runId))).toEqual(['reset by hand']);
    await worker.finish();
  });
});
