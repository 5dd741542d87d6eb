import { Context } from '@temporalio/activity';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { checkpoint, currentOperation, operationActivity } from '../../src/operations.js';
import { eventsOf, taskFailures } from '../helpers/event-history.js';
import { defer } from '../helpers/deferred.js';
import { startOperationWorker } from '../helpers/operation-worker.js';
import { describeWith } from '../helpers/servers.js';
import { bundleTracedWorkflows } from '../helpers/traced-worker.js';
import { spansOfType } from '../helpers/whole-trace.js';
import { driveInActivity, driveTwo } from './workflows/drive-operations.js';

let bundle: WorkflowBundle;

describeWith('temporalServer')('an activity that drives an operation', () => {
  beforeAll(async () => {
    bundle = await bundleTracedWorkflows('drive-operations');
  });

  test('saves a checkpoint that is far too large for history, and its steps are on the span', async () => {
    const activities = {
      infer: operationActivity(async (question: string) => {
        const op = await currentOperation();
        await op.transition('PRE_INFERENCE_GATHER');
        await checkpoint('INFERRING', { passages: 'x'.repeat(500_000) }, { step: 'gathered' });
        return `${question}: ${op.state} ${op.epoch}`;
      }),
    };
    const worker = await startOperationWorker({ bundle, activities });
    const handle = await worker.start(driveInActivity, ['why']);
    expect(await handle.result()).toEqual({ answer: 'why: INFERRING 1', epochBefore: 1, epoch: 1 });
    const [span] = spansOfType(await worker.finish(), 'operation');
    expect(span?.events.map(({ attributes }) => attributes?.['everspan.operation.to'])).toEqual([
      'RECEIVED',
      'QUEUED',
      'CLAIMED',
      'PRE_INFERENCE_GATHER',
      'INFERRING',
      'POSTPROCESSING',
      'DELIVERING',
      'DELIVERED',
      'COMPLETED',
    ]);
  });

  test('reclaims it in its second attempt, resumes from the checkpoint, and the first one, still running, is refused', async () => {
    const [stall, gone] = [defer(), defer()];
    let refusal: unknown;
    const work: string[] = [];
    const activities = {
      infer: operationActivity(async (question: string) => {
        const { attempt } = Context.current().info;
        const op = await currentOperation();
        const saved = await op.recover();
        work.push(
          `attempt ${attempt}: ${op.state} e${op.epoch} ${saved === undefined ? 'from the start' : 'from the checkpoint'}`,
        );
        if (saved === undefined) {
          await op.transition('PRE_INFERENCE_GATHER');
          await op.checkpoint('INFERRING', { question }, { step: 'gathered' });
        }
        if (attempt > 1) return question;
        // Without heartbeats: the server gives it up, and it does not know.
        await stall.promise;
        refusal = await op.transition('POSTPROCESSING').catch((error: unknown) => error);
        gone.resolve();
        return 'of a zombie';
      }),
    };
    const worker = await startOperationWorker({ bundle, activities });
    const handle = await worker.start(driveInActivity, ['why']);
    // The epochs of the second attempt's reclaim and claim are the workflow's too.
    expect(await handle.result()).toEqual({ answer: 'why', epochBefore: 1, epoch: 3 });
    expect(work).toEqual(['attempt 1: CLAIMED e1 from the start', 'attempt 2: INFERRING e3 from the checkpoint']);
    stall.resolve();
    await gone.promise;
    expect(refusal).toMatchObject({ code: 'STALE_EPOCH' });
    const memory = await worker.finish();
    const [span] = spansOfType(memory, 'operation');
    expect(span).toMatchObject({ status: 'OK', attributes: { 'everspan.operation.epoch': 3 } });
    expect(span?.events.map(({ attributes }) => attributes?.['everspan.operation.to'])).toEqual([
      'RECEIVED',
      'QUEUED',
      'CLAIMED',
      'PRE_INFERENCE_GATHER',
      'INFERRING',
      'RECLAIMED',
      'CLAIMED',
      'PRE_INFERENCE_GATHER',
      'INFERRING',
      'POSTPROCESSING',
      'DELIVERING',
      'DELIVERED',
      'COMPLETED',
    ]);
    expect(await worker.store.history(span?.traceId ?? '')).toMatchObject({
      refused: [{ code: 'STALE_EPOCH', to: 'POSTPROCESSING', epoch: 1, currentEpoch: 3 }],
    });
    expect(taskFailures(await eventsOf(worker.client, handle.workflowId))).toEqual([]);
  });

  test('is told of the refusal of a zombie by an event on the span, where the operation goes on after it', async () => {
    const [stall, gone] = [defer(), defer()];
    let refusal: unknown;
    const activities = {
      infer: operationActivity(async (question: string) => {
        const op = await currentOperation();
        if (Context.current().info.attempt > 1) {
          stall.resolve();
          await gone.promise;
          await op.transition('PRE_INFERENCE_GATHER');
          await op.transition('INFERRING');
          return question;
        }
        await stall.promise;
        refusal = await op.transition('PRE_INFERENCE_GATHER').catch((error: unknown) => error);
        gone.resolve();
        return 'of a zombie';
      }),
    };
    const worker = await startOperationWorker({ bundle, activities });
    await (await worker.start(driveInActivity, ['why'])).result();
    expect(refusal).toMatchObject({ code: 'STALE_EPOCH' });
    const [span] = spansOfType(await worker.finish(), 'operation');
    const refusals = (span?.events ?? []).filter(({ name }) => name === 'everspan.operation.refused');
    expect(refusals.map(({ attributes }) => attributes)).toEqual([
      {
        'everspan.operation.from': 'CLAIMED',
        'everspan.operation.to': 'PRE_INFERENCE_GATHER',
        'everspan.operation.epoch': 1,
        'error.type': 'STALE_EPOCH',
      },
    ]);
  });

  test('fails for good at an illegal step, with the code as its type', async () => {
    const activities = {
      infer: operationActivity(async () => {
        await (await currentOperation()).transition('DELIVERED' as never);
        return '';
      }),
    };
    const worker = await startOperationWorker({ bundle, activities });
    const handle = await worker.start(driveInActivity, ['why']);
    await expect(handle.result()).rejects.toMatchObject({ cause: { cause: { type: 'ILLEGAL_TRANSITION', nonRetryable: true } } });
    const events = await eventsOf(worker.client, handle.workflowId);
    expect(
      events
        .map((event) => event.activityTaskStartedEventAttributes?.attempt)
        .filter((attempt) => attempt !== undefined && attempt !== null),
    ).toEqual([1]);
    await worker.finish();
  });

  test.each(['on', 'off'] as const)('works for the operation that its caller says, in mode %s', async (mode) => {
    const activities = { gather: async () => [(await currentOperation()).operationId] };
    const worker = await startOperationWorker({ bundle, activities, everspan: { mode } });
    expect(await (await worker.start(driveTwo)).result()).toEqual(['first', 'second']);
    await worker.finish();
  });
});
