import type { Info } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { type OperationActivities, createOperationActivities } from '../../src/activities/operation-activities.js';
import type { OperationAnswer } from '../../src/operation/operation-call.js';
import { MemoryOperationStore, OperationError, type OperationStore } from '../../src/operations.js';
import { activityEnvironment } from '../helpers/activity-environment.js';
import { FakeClock } from '../helpers/fake-clock.js';
import { failOnUnhandledRejections } from '../helpers/unhandled-rejections.js';

const WORKFLOW = { workflowId: 'w', runId: 'run-1' };
const CREATE = { v: 1, operationId: 'order', requestId: 'c', traceId: 'a'.repeat(32) } as const;
const KNOWN = { version: 1, refusedWrites: 0 };

function setUp(store: OperationStore = new MemoryOperationStore(), clock = new FakeClock()) {
  const activities = createOperationActivities({ store, identity: 'worker', taskQueue: 'spans', clock });
  const call = (name: keyof OperationActivities, argument: object, info: Partial<Info> = {}): Promise<OperationAnswer> =>
    activityEnvironment({
      workflowExecution: WORKFLOW,
      namespace: 'default',
      isLocal: true,
      startToCloseTimeoutMs: 2_000,
      ...info,
    }).run(activities[name] as (given: object) => Promise<OperationAnswer>, argument);
  const transition = (to: string, requestId: string, more: object = {}, info: Partial<Info> = {}) =>
    call('TRANSITION_OPERATION', { v: 1, operationId: 'order', requestId, to, epoch: 0, known: KNOWN, ...more }, info);
  return { store, clock, call, transition };
}

function awayWith(error: () => Error): OperationStore {
  return Object.assign(new MemoryOperationStore(), { create: () => Promise.reject(error()) });
}

describe("an operation's activities", () => {
  failOnUnhandledRejections();

  it('answer a repeated request as they did before', async () => {
    const { call, transition } = setUp();
    await call('CREATE_OPERATION', CREATE);
    const first = await transition('QUEUED', 'q');
    await transition('CLAIMED', 'k');
    expect(first).toMatchObject({ kind: 'done', from: 'RECEIVED', operation: { state: 'QUEUED', version: 2 } });
    expect(await transition('QUEUED', 'q', {}, { isLocal: false })).toMatchObject({
      kind: 'done',
      isRepeat: true,
      from: 'RECEIVED',
      operation: { state: 'QUEUED', version: 2 },
    });
  });

  it('adopt for a later run of the same workflow, and refuse another workflow', async () => {
    const { call, store } = setUp();
    await call('CREATE_OPERATION', CREATE);
    const later = await call(
      'CREATE_OPERATION',
      { ...CREATE, requestId: 'd' },
      { workflowExecution: { workflowId: 'w', runId: 'run-2' } },
    );
    expect(later).toMatchObject({ kind: 'done', isAdopted: true, missed: { transitions: [{ to: 'RECEIVED' }] } });
    expect((await store.get('order'))?.owner.workflow?.runId).toBe('run-2');
    await expect(
      call('CREATE_OPERATION', { ...CREATE, requestId: 'e' }, { workflowExecution: { workflowId: 'other', runId: 'run-3' } }),
    ).rejects.toMatchObject({ type: 'ALREADY_EXISTS', nonRetryable: true });
  });

  it('write under the epoch that an activity of the same workflow got, and tell what it did', async () => {
    const { call, transition, store } = setUp();
    await call('CREATE_OPERATION', CREATE);
    await transition('QUEUED', 'q');
    await transition('CLAIMED', 'k');
    await store.transition({ operationId: 'order', requestId: 'a1', to: 'RECLAIMED', epoch: 1 });
    await store.transition({ operationId: 'order', requestId: 'a2', to: 'CLAIMED', epoch: 2 });
    const answer = await transition('PRE_INFERENCE_GATHER', 'g', { epoch: 1, known: { version: 3, refusedWrites: 0 } });
    expect(answer).toMatchObject({
      kind: 'done',
      operation: { epoch: 3, version: 6 },
      missed: { transitions: [{ to: 'RECLAIMED' }, { to: 'CLAIMED' }], refused: [] },
    });
  });

  it('are refused where another holder has reclaimed the operation', async () => {
    const { call, transition, store } = setUp();
    await call('CREATE_OPERATION', CREATE);
    await transition('QUEUED', 'q');
    await transition('CLAIMED', 'k');
    await store.transition({ operationId: 'order', requestId: 'x', to: 'RECLAIMED', owner: { identity: 'consumer' } });
    await expect(transition('CLAIMED', 'k2', { epoch: 1 })).rejects.toMatchObject({ type: 'STALE_EPOCH', nonRetryable: true });
  });

  it('answer "later", with the queue, when the store does not answer in time, and at once after that', async () => {
    const store = Object.assign(new MemoryOperationStore(), { create: () => new Promise<never>(() => {}) });
    const { call, clock } = setUp(store);
    const answer = call('CREATE_OPERATION', CREATE);
    await clock.advance(500);
    expect(await answer).toEqual({ v: 1, kind: 'later', taskQueue: 'spans' });
    expect(await call('CREATE_OPERATION', CREATE)).toEqual({ v: 1, kind: 'later', taskQueue: 'spans' });
  });

  it('give up a remote attempt before its timeout, and with its worker, when the store hangs', async () => {
    const store = Object.assign(new MemoryOperationStore(), { create: () => new Promise<never>(() => {}) });
    const { call, clock } = setUp(store);
    const attempt = call('CREATE_OPERATION', CREATE, { isLocal: false, startToCloseTimeoutMs: 10_000 });
    const refused = expect(attempt).rejects.toMatchObject({ type: 'WRITE_UNDECIDED', nonRetryable: false });
    await clock.advance(9_750);
    await refused;
    const activities = createOperationActivities({ store, identity: 'worker', clock });
    const environment = activityEnvironment({ isLocal: false, startToCloseTimeoutMs: 10_000 });
    const running = environment.run(activities.CREATE_OPERATION as (given: object) => Promise<OperationAnswer>, CREATE);
    environment.cancel();
    await expect(running).rejects.toMatchObject({ type: 'WRITE_UNDECIDED' });
  });

  it('answer "later" as a local activity and throw to be tried again as a remote one, where the store is away', async () => {
    const away = () => new OperationError('STORE_UNAVAILABLE', 'away', { operationId: 'order' });
    const { call } = setUp(awayWith(away));
    expect(await call('CREATE_OPERATION', CREATE)).toMatchObject({ kind: 'later' });
    await expect(call('CREATE_OPERATION', CREATE, { isLocal: false })).rejects.toMatchObject({
      type: 'STORE_UNAVAILABLE',
      nonRetryable: false,
      details: [{ operationId: 'order' }],
    });
  });

  it('refuse for good what nobody can mend, local or remote', async () => {
    for (const isLocal of [true, false]) {
      const { call, transition } = setUp();
      await call('CREATE_OPERATION', CREATE);
      await expect(transition('DELIVERED', 'd', {}, { isLocal })).rejects.toMatchObject({
        type: 'ILLEGAL_TRANSITION',
        nonRetryable: true,
        details: [{ from: 'RECEIVED', to: 'DELIVERED', legal: ['PREPROCESSING', 'QUEUED', 'ERRORED'] }],
      });
      await expect(call('RECOVER_OPERATION', { v: 1, operationId: 'order' }, { isLocal })).resolves.toMatchObject({
        kind: 'recovered',
      });
      await expect(transition('QUEUED', 'q', { operationId: 'none' }, { isLocal })).rejects.toMatchObject({
        type: 'NO_SUCH_OPERATION',
      });
    }
  });

  it('do not bring a checkpoint into history that is too large for it', async () => {
    const { call, transition } = setUp();
    await call('CREATE_OPERATION', CREATE);
    await transition('QUEUED', 'q');
    await transition('CLAIMED', 'k');
    await transition('PRE_INFERENCE_GATHER', 'g');
    await transition('INFERRING', 'i', { checkpoint: { payload: 'x'.repeat(70_000) } });
    await expect(call('RECOVER_OPERATION', { v: 1, operationId: 'order' })).rejects.toMatchObject({
      type: 'CHECKPOINT_TOO_LARGE',
      message: expect.stringMatching(/recover it in an activity.*currentOperation/),
    });
  });
});
