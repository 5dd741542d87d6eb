import { context, trace } from '@opentelemetry/api';
import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { ensureContextManager } from '../../src/interceptors/async-local-context.js';
import { createClientInterceptors } from '../../src/interceptors/client-interceptor.js';
import { createOperationClientInterceptor } from '../../src/interceptors/client-operation.js';
import { MemoryOperationStore, OperationClient, OperationError } from '../../src/operations.js';

/** A store whose clock is told what time it is, and clients of two processes. */
function setUp(leaseMs = 1_000) {
  let nowMs = 1_700_000_000_000;
  const store = new MemoryOperationStore({ now: () => nowMs });
  const client = (identity: string) => new OperationClient({ store, identity, leaseMs });
  return {
    store,
    first: client('first'),
    second: client('second'),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

/** What an interceptor lets through when a workflow is started. */
async function headersOfStart(): Promise<Record<string, unknown>> {
  let headers = {};
  const next = async (input: { headers: object }) => {
    headers = input.headers;
    return { runId: '', eagerlyStarted: false };
  };
  const tracing = createClientInterceptors({}).workflow;
  const input = { headers: {}, workflowType: 'w', options: { workflowId: 'w', taskQueue: 'q' } };
  await createOperationClientInterceptor().startWithDetails(
    input as never,
    ((traced: never) => tracing.startWithDetails?.(traced, next as never)) as never,
  );
  return Object.fromEntries(
    Object.entries(headers).map(([name, payload]) => [name, defaultPayloadConverter.fromPayload(payload as never)]),
  );
}

describe('an operation outside Temporal', () => {
  it('goes through its life, and recovers what was saved', async () => {
    const { first, store } = setUp();
    const op = await first.create({ metadata: { tenant: 'acme' } });
    const queued = await op.transition('QUEUED');
    const claimed = await queued.claim();
    const gathering = await claimed.transition('PRE_INFERENCE_GATHER');
    const inferring = await gathering.checkpoint('INFERRING', { passages: 3 }, { step: 'gathered' });
    expect(await inferring.recover()).toMatchObject({
      payload: { passages: 3 },
      header: { step: 'gathered', state: 'INFERRING' },
    });
    await (
      await (await (await inferring.transition('POSTPROCESSING')).transition('DELIVERING')).transition('DELIVERED')
    ).complete();
    expect(await store.get(op.operationId)).toMatchObject({
      state: 'COMPLETED',
      epoch: 1,
      owner: { identity: 'first' },
      metadata: { tenant: 'acme' },
    });
    expect(op.operationId).toBe(op.traceId);
  });

  it('is created once, however often the same request is sent', async () => {
    const { first, second } = setUp();
    const [one, two] = [
      await first.create({ operationId: 'order', requestId: 'r' }),
      await second.create({ operationId: 'order', requestId: 'r' }),
    ];
    expect(two.version).toBe(one.version);
    await expect(second.create({ operationId: 'order' })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it('goes to one of many that claim it, and each other is told where it is', async () => {
    const { store, first } = setUp();
    const op = await first.create({ operationId: 'order' });
    await op.transition('QUEUED');
    const claims = await Promise.allSettled(
      Array.from({ length: 64 }, (_, index) => new OperationClient({ store, identity: `consumer ${index}` }).claim('order')),
    );
    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = claims.flatMap((claim) => (claim.status === 'rejected' ? [(claim.reason as OperationError).code] : []));
    expect(codes.filter((code) => code !== 'STALE_EPOCH' && code !== 'ILLEGAL_TRANSITION')).toEqual([]);
    expect(codes).toHaveLength(63);
    expect((await store.get('order'))?.epoch).toBe(1);
  });

  it('is reclaimed by another once its lease ran out, at its checkpoint, and the first one is refused from then on', async () => {
    const { first, second, store, pass } = setUp(1_000);
    const op = await first.create({ operationId: 'order' });
    await (await op.transition('QUEUED')).claim();
    await op.transition('PRE_INFERENCE_GATHER' as never);
    await op.checkpoint('INFERRING' as never, { passages: 3 });
    pass(900);
    await op.heartbeat();
    pass(900);
    expect(await second.reclaimOverdue()).toBeUndefined();
    pass(100);
    const reclaimed = await second.reclaimOverdue();
    expect(reclaimed).toMatchObject({ operationId: 'order', state: 'INFERRING', epoch: 3 });
    expect(await reclaimed?.recover()).toMatchObject({ payload: { passages: 3 } });
    expect(await store.get('order')).toMatchObject({ owner: { identity: 'second' } });
    await expect(op.transition('POSTPROCESSING' as never)).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    await expect(op.heartbeat()).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    expect((await store.get('order'))?.refusedWrites).toBe(2);
  });

  it('is reclaimed by one of two, and is left where there is no checkpoint as it was claimed', async () => {
    const { first, second, store, pass } = setUp(1_000);
    await (await first.create({ operationId: 'order' })).transition('QUEUED');
    await first.claim('order');
    pass(1_000);
    const taken = await Promise.all([first.reclaimOverdue(), second.reclaimOverdue()]);
    expect(taken.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await store.get('order')).toMatchObject({ state: 'CLAIMED', epoch: 3 });
  });

  it('is not taken from a workflow, nor while it is being delivered', async () => {
    const { first, second, store, pass } = setUp(1_000);
    const workflow = { namespace: 'default', workflowId: 'w', runId: 'r' };
    await store.create({
      operationId: 'of-workflow',
      requestId: '1',
      traceId: 't',
      owner: { identity: 'x', workflow },
      progressTimeoutMs: 1,
    });
    await store.transition({ operationId: 'of-workflow', requestId: '2', to: 'QUEUED' });
    await store.transition({ operationId: 'of-workflow', requestId: '3', to: 'CLAIMED' });
    const delivered = await first.create({ operationId: 'delivered' });
    for (const to of ['QUEUED', 'CLAIMED', 'PRE_INFERENCE_GATHER', 'INFERRING', 'POSTPROCESSING', 'DELIVERING']) {
      await delivered.transition(to as never);
    }
    pass(10_000);
    expect(await second.reclaimOverdue()).toBeUndefined();
    expect(await store.get('of-workflow')).toMatchObject({ state: 'CLAIMED', epoch: 1 });
    expect(await store.get('delivered')).toMatchObject({ state: 'DELIVERING', epoch: 1 });
  });

  it('is handed to the workflows that are started for it, whose trace is its own', async () => {
    const { first } = setUp();
    const op = await first.create();
    expect(await headersOfStart()).not.toHaveProperty('everspan-operation');
    const headers = await first.run(op, headersOfStart);
    expect(headers).toMatchObject({
      'everspan-operation': { v: 1, ops: [{ id: op.operationId, t: op.traceId }] },
      everspan: { t: op.traceId },
    });
  });

  it('takes its trace from the span in which it is made, which becomes the parent of its own', async () => {
    ensureContextManager();
    const { first } = setUp();
    const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
    const active = trace.setSpan(context.active(), trace.wrapSpanContext(spanContext));
    const headers = await context.with(active, async () => {
      const op = await first.create();
      expect(op.traceId).toBe(spanContext.traceId);
      return first.run(op, headersOfStart);
    });
    expect(headers['everspan-operation']).toMatchObject({ ops: [{ s: spanContext.spanId }] });
  });

  it('that is not there is said so', async () => {
    const { first } = setUp();
    await expect(first.open('none')).rejects.toMatchObject({ code: 'NO_SUCH_OPERATION', operationId: 'none' });
    await expect(first.claim('none')).rejects.toBeInstanceOf(OperationError);
  });

  it('that failed is told with what failed it, whatever that was', async () => {
    const { first, store } = setUp();
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new TypeError('no');
        },
      },
    );
    for (const [id, thrown, metadata] of [
      ['typed', new RangeError('too far'), { error_type: 'RangeError', error_message: 'too far' }],
      ['text', 'gone', { error_type: '_OTHER', error_message: 'gone' }],
      ['hostile', hostile, { error_type: '_OTHER' }],
    ] as const) {
      await (await first.create({ operationId: id })).fail(thrown);
      expect(await store.get(id)).toMatchObject({ state: 'ERRORED', metadata });
    }
  });
});
