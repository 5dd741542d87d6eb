import { describe, expect, it } from 'vitest';
import { enqueueBatch } from '../../src/activities/enqueue-batch.js';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import type { RecordedConfig, SpanBatch, WireSpan } from '../../src/wire/span-batch.js';
import { FakeClock } from '../helpers/fake-clock.js';
import { ScriptedProcessor } from '../helpers/scripted-processor.js';
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
    enqueueBatch(pipeline, ALL, { ...BATCH, dropped: { budget: 2 } });
    await clock.advance(0);
    expect(processor.names()).toEqual([['a']]);
    expect(pipeline.stats().dropped).toEqual({ budget: 2 });
  });

  it('is kept by ratio where nobody had decided', async () => {
    const { pipeline, processor, clock } = makePipeline();
    enqueueBatch(pipeline, { ...ALL, sampleRatio: 0 }, { ...BATCH, samplingUndecided: true });
    await clock.advance(100);
    expect(processor.calls).toEqual([]);
  });

  it('loses only what is not valid, and never throws', async () => {
    const { pipeline, processor, clock } = makePipeline();
    enqueueBatch(pipeline, ALL, { ...BATCH, spans: [SPAN, { ...SPAN, spanId: 'x' }] });
    enqueueBatch(pipeline, ALL, undefined as never);
    await clock.advance(0);
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
