import { describe, expect, it } from 'vitest';
import { deliverLastBatch, enqueueLastBatch } from '../../src/activities/last-batch.js';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import type { RecordedConfig, SpanBatch, WireSpan } from '../../src/wire/span-batch.js';
import { FakeClock } from '../helpers/fake-clock.js';
import { hangs, isAway, ScriptedProcessor, takes } from '../helpers/scripted-processor.js';
import { TRACE_ID } from '../helpers/spans.js';

const ALL = { sampleRatio: 1, keepErrors: false } as RecordedConfig;
const SPAN: WireSpan = {
  spanId: '00f067aa0ba902b7',
  name: 'a',
  kind: 'INTERNAL',
  type: 'workflow',
  startTime: 1_000,
  endTime: 2_000,
  status: 'OK',
};
const BATCH: SpanBatch = { v: 1, traceId: TRACE_ID, shared: {}, spans: [SPAN] };

describe('a batch left to the background', () => {
  it('is sent at once, with what the run had left out counted', async () => {
    const { pipeline, processor, clock } = makePipeline();
    enqueueLastBatch(pipeline, ALL, { ...BATCH, dropped: { budget: 2 } });
    await clock.advance(0);
    expect(processor.names()).toEqual([['a']]);
    expect(pipeline.stats().dropped).toEqual({ budget: 2 });
  });

  it('is kept by ratio where nobody had decided', async () => {
    const { pipeline, processor, clock } = makePipeline();
    enqueueLastBatch(pipeline, { ...ALL, sampleRatio: 0 }, { ...BATCH, samplingUndecided: true });
    await clock.advance(100);
    expect(processor.calls).toEqual([]);
  });

  it('loses only what is not valid, and never throws', async () => {
    const { pipeline, processor, clock } = makePipeline();
    enqueueLastBatch(pipeline, ALL, { ...BATCH, spans: [SPAN, { ...SPAN, spanId: 'x' }] });
    enqueueLastBatch(pipeline, ALL, undefined as never);
    await clock.advance(0);
    expect(processor.names()).toEqual([['a']]);
    expect(pipeline.stats().dropped).toEqual({ invalid: 2 });
  });
});

describe('a last batch that a workflow task waits for', () => {
  it('is out when the call ends, with what the run had left out counted', async () => {
    const { pipeline, processor } = makePipeline();
    await deliverLastBatch(pipeline, ALL, { ...BATCH, last: true, dropped: { budget: 2 } }, 250);
    expect(processor.names()).toEqual([['a']]);
    expect(pipeline.stats().dropped).toEqual({ budget: 2 });
    expect(pipeline.isIdle).toBe(true);
  });

  it.each([
    ['the bound of its task', 100, 100],
    ['that of every held call', 5_000, 250],
  ])("holds the task no longer than %s, and is the background sender's then", async (_what, boundMs, heldMs) => {
    const { pipeline, processor, clock } = makePipeline();
    processor.behaviour = hangs;
    let isOver = false;
    const delivering = deliverLastBatch(pipeline, ALL, { ...BATCH, last: true }, boundMs).then(() => {
      isOver = true;
    });
    await clock.advance(heldMs - 1);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(isOver).toBe(true);
    await delivering;
    processor.behaviour = takes;
    await clock.advance(60_000);
    expect(processor.names()).toContainEqual(['a']);
    expect(pipeline.isIdle).toBe(true);
    expect(pipeline.stats().dropped).toEqual({});
  });

  it('is left to the background where the processor is away', async () => {
    const { pipeline, processor, clock } = makePipeline();
    processor.behaviour = isAway;
    await deliverLastBatch(pipeline, ALL, { ...BATCH, last: true }, 250);
    expect(pipeline.isIdle).toBe(false);
    processor.behaviour = takes;
    await clock.advance(60_000);
    expect(pipeline.isIdle).toBe(true);
    expect(pipeline.stats().dropped).toEqual({});
  });

  it('loses only what is not valid, and never throws', async () => {
    const { pipeline, processor } = makePipeline();
    await deliverLastBatch(pipeline, ALL, { ...BATCH, last: true, spans: [SPAN, { ...SPAN, spanId: 'x' }] }, 250);
    await deliverLastBatch(pipeline, ALL, undefined as never, 250);
    expect(processor.names()).toEqual([['a']]);
    expect(pipeline.stats().dropped).toEqual({ invalid: 2 });
  });
});

function makePipeline() {
  const clock = new FakeClock();
  const processor = new ScriptedProcessor('p');
  return {
    clock,
    processor,
    pipeline: new SpanPipeline({ processors: [processor], clock, backgroundLingerMs: 50, logger: { warn: () => {} } }),
  };
}
