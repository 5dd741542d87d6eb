import { context, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import { ensureContextManager } from '../../src/interceptors/async-local-context.js';
import { MemoryOperationStore, OperationClient } from '../../src/operations.js';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { deriveSpanId } from '../../src/span/ids.js';
import type { Span } from '../../src/span/span.js';

const TRACE_ID = 'ab'.repeat(16);

function setUp() {
  let nowMs = 1_700_000_000_000;
  const store = new MemoryOperationStore({
    now: () => {
      nowMs += 10;
      return nowMs;
    },
  });
  const memory = new InMemoryProcessor();
  const pipeline = new SpanPipeline({ processors: [memory], backgroundLingerMs: 0, resource: { 'service.name': 'consumer' } });
  const client = (identity: string) => new OperationClient({ store, identity, pipeline });
  const spans = async (): Promise<readonly Span[]> => {
    expect(await pipeline.flush(30_000)).toBe(true);
    return memory.spans();
  };
  return { store, first: client('first'), second: client('second'), spans };
}

function stepsOf(span: Span | undefined): string[] {
  return (span?.events ?? []).map(({ name, attributes = {} }) => {
    const { 'everspan.operation.from': from = '', 'everspan.operation.to': to = '' } = attributes;
    const { 'everspan.operation.version': version = '-', 'everspan.operation.epoch': epoch } = attributes;
    return `${name.replace('everspan.operation.', '')} ${String(from)}>${String(to)} v${String(version)} e${String(epoch)}`;
  });
}

describe('the span of an operation that no workflow has', () => {
  it('is reported whole when it completes, with each step of every process, refused ones too', async () => {
    const { first, second, store, spans } = setUp();
    const made = await first.create({ operationId: 'order-1', traceId: TRACE_ID });
    await made.transition('QUEUED');
    const claimed = await second.claim('order-1');
    await expect(claimed.transition('DELIVERED' as never)).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' });
    await claimed.transition('PRE_INFERENCE_GATHER');
    await claimed.checkpoint('INFERRING' as never, { passages: 3 });
    await expect(made.heartbeat()).rejects.toMatchObject({ code: 'STALE_EPOCH' });
    for (const to of ['POSTPROCESSING', 'DELIVERING', 'DELIVERED'] as const) await claimed.transition(to as never);
    expect(await spans()).toEqual([]);
    await claimed.complete();

    const [span, ...others] = await spans();
    const operation = await store.get('order-1');
    expect(others).toEqual([]);
    expect(span).toMatchObject({
      spanId: deriveSpanId(TRACE_ID, 'operation', 'order-1'),
      traceId: TRACE_ID,
      name: 'operation',
      type: 'operation',
      status: 'OK',
      startTime: (operation?.createdAt ?? 0) * 1_000,
      endTime: (operation?.updatedAt ?? 0) * 1_000,
      resource: { 'service.name': 'consumer' },
    });
    expect(span?.attributes).toEqual({
      'everspan.operation.id': 'order-1',
      'everspan.operation.state': 'COMPLETED',
      'everspan.operation.version': 9,
      'everspan.operation.epoch': 1,
    });
    expect(span).not.toHaveProperty('parentId');
    expect(stepsOf(span)).toEqual([
      'transition >RECEIVED v1 e0',
      'transition RECEIVED>QUEUED v2 e0',
      'transition QUEUED>CLAIMED v3 e1',
      'refused CLAIMED>DELIVERED v- e1',
      'transition CLAIMED>PRE_INFERENCE_GATHER v4 e1',
      'transition PRE_INFERENCE_GATHER>INFERRING v5 e1',
      'refused INFERRING> v- e0',
      'transition INFERRING>POSTPROCESSING v6 e1',
      'transition POSTPROCESSING>DELIVERING v7 e1',
      'transition DELIVERING>DELIVERED v8 e1',
      'transition DELIVERED>COMPLETED v9 e1',
    ]);
  });

  it('is an error when it fails, and again when it is given up; one that recovers ends well', async () => {
    const { first, second, spans } = setUp();
    const lost = await first.create({ operationId: 'lost' });
    await lost.fail(new TypeError('no such model'));
    const failed = { status: 'ERROR', statusMessage: 'no such model', attributes: { 'error.type': 'TypeError' } };
    expect(await spans()).toMatchObject([{ ...failed, attributes: { 'everspan.operation.state': 'ERRORED' } }]);
    await (await second.open('lost')).complete();
    expect(await spans()).toMatchObject([{ ...failed, attributes: { 'everspan.operation.state': 'COMPLETED' } }]);

    const saved = await first.create({ operationId: 'saved' });
    await saved.fail(new TypeError('not now'));
    const retried = await second.open('saved');
    const way = [
      'RETRYING',
      'QUEUED',
      'CLAIMED',
      'PRE_INFERENCE_GATHER',
      'INFERRING',
      'POSTPROCESSING',
      'DELIVERING',
      'DELIVERED',
    ];
    for (const to of way) await retried.transition(to as never);
    await retried.complete();
    const [span] = (await spans()).filter(({ attributes }) => attributes['everspan.operation.id'] === 'saved');
    expect(span).toMatchObject({ status: 'OK', attributes: { 'everspan.operation.state': 'COMPLETED' } });
    expect(span).not.toHaveProperty('statusMessage');
    expect(span?.events).toHaveLength(11);
  });

  it('has the span as its parent in which it came to the process, and is not sampled where that is not', async () => {
    const { first, spans } = setUp();
    ensureContextManager();
    const spanId = 'cd'.repeat(8);
    const at = (traceFlags: number) => trace.setSpanContext(context.active(), { traceId: TRACE_ID, spanId, traceFlags });
    const [kept, dropped] = [
      await context.with(at(1), () => first.create({ operationId: 'kept' })),
      await context.with(at(0), () => first.create({ operationId: 'dropped' })),
    ];
    await kept.fail('no');
    await dropped.fail('no');

    expect(await spans()).toMatchObject([
      { traceId: TRACE_ID, parentId: spanId, attributes: { 'everspan.operation.id': 'kept' } },
    ]);
  });

  it('is left to the workflow that has the operation', async () => {
    const { first, store, spans } = setUp();
    const workflow = { namespace: 'default', workflowId: 'order-1', runId: 'run-1' };
    await store.create({ operationId: 'order-1', requestId: 'r', traceId: TRACE_ID, owner: { identity: 'worker', workflow } });
    await (await first.open('order-1')).fail('no');
    expect(await spans()).toEqual([]);
  });

  it('says that it lacks its steps where the store has gone away, and holds nobody up', async () => {
    const { first, store, spans } = setUp();
    const made = await first.create();
    store.history = () => Promise.reject(new Error('gone'));
    await made.fail('no');
    expect(await spans()).toMatchObject([{ status: 'ERROR', events: [], attributes: { 'everspan.truncated': ['events'] } }]);
  });

  it('says so where the store has kept the last of very many steps alone', async () => {
    const { first, spans } = setUp();
    const op = await first.create();
    const begin = ['QUEUED', 'CLAIMED', 'PRE_INFERENCE_GATHER', 'INFERRING'];
    const round = Array.from({ length: 600 }, (_, index) => (index % 2 === 0 ? 'TOOL_EXECUTING' : 'INFERRING'));
    for (const to of [...begin, ...round]) await op.transition(to as never);
    await op.fail('no');
    const [span] = await spans();
    expect(span?.attributes['everspan.truncated']).toEqual(['events']);
    expect(stepsOf(span).at(-1)).toContain('INFERRING>ERRORED');
  });
});
