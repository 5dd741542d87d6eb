import { describe, expect, it } from 'vitest';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import { defer } from '../helpers/deferred.js';
import { FakeClock } from '../helpers/fake-clock.js';
import { hangs, isAway, rejects, ScriptedProcessor, takes, throwsAtOnce } from '../helpers/scripted-processor.js';
import { endedSpan, openSpan } from '../helpers/spans.js';

const silent = { warn: () => {} };

describe('background sender', () => {
  it('gathers spans for its linger and sends STARTs and ENDs in a call each', async () => {
    const { pipeline, clock, processor } = makePipeline();
    pipeline.enqueue([openSpan('a')]);
    await clock.advance(40);
    pipeline.enqueue([openSpan('b'), endedSpan('c')]);
    expect(processor.calls).toEqual([]);
    await clock.advance(10);
    expect(processor.calls.map((call) => [call.phase, call.spans.map((span) => span.name)])).toEqual([
      ['start', ['a', 'b']],
      ['end', ['c']],
    ]);
  });

  it('sends a span that began and ended within the linger as its END alone', async () => {
    const { pipeline, clock, processor } = makePipeline();
    pipeline.enqueue([openSpan('a')]);
    pipeline.enqueue([endedSpan('a')]);
    await clock.advance(50);
    expect(processor.calls.map((call) => call.phase)).toEqual(['end']);
  });

  it('never has the START of a span under way beside its END', async () => {
    const { pipeline, clock, processor } = makePipeline();
    const gate = defer();
    processor.behaviour = () => gate.promise;
    pipeline.enqueue([openSpan('a')], { isUrgent: true });
    await clock.advance(0);
    pipeline.enqueue([endedSpan('a')], { isUrgent: true });
    await clock.advance(500);
    expect(processor.calls.map((call) => call.phase)).toEqual(['start']);
    gate.resolve();
    await clock.advance(0);
    expect(processor.calls.map((call) => call.phase)).toEqual(['start', 'end']);
  });

  it('sends an urgent span without the linger, with all that waits', async () => {
    const { pipeline, clock, processor } = makePipeline();
    pipeline.enqueue([endedSpan('a')]);
    pipeline.enqueue([endedSpan('b')], { isUrgent: true });
    await clock.advance(0);
    expect(processor.names()).toEqual([['a', 'b']]);
  });

  it('sends at most 512 spans in a call', async () => {
    const { pipeline, clock, processor } = makePipeline();
    pipeline.enqueue(Array.from({ length: 1_100 }, (_, index) => endedSpan(`s${index}`)));
    await clock.advance(50);
    expect(processor.calls.map((call) => call.spans.length)).toEqual([512, 512, 76]);
  });

  it('lets ENDs have their turn among many STARTs', async () => {
    const { pipeline, clock, processor } = makePipeline();
    pipeline.enqueue([...Array.from({ length: 1_100 }, (_, index) => openSpan(`s${index}`)), endedSpan('e')]);
    await clock.advance(50);
    expect(processor.calls.map((call) => call.phase)).toEqual(['start', 'end', 'start', 'start']);
  });

  it('keeps spans while the processor is away, probes with few, and sends all when it is back', async () => {
    const { pipeline, clock, processor } = makePipeline();
    processor.behaviour = isAway;
    const spans = Array.from({ length: 100 }, (_, index) => endedSpan(`s${index}`));
    pipeline.enqueue(spans);
    await clock.advance(60_000);
    expect(processor.calls[0]?.spans).toHaveLength(100);
    expect(processor.calls[1]?.spans).toHaveLength(16);
    // 250 ms doubled up to 5 s: a minute has room for 4 short windows and 11 long ones.
    expect(processor.calls.length).toBeLessThan(20);
    expect(pipeline.stats().processors[0]).toMatchObject({ breaker: 'open', queuedSpans: 100, delivered: 0 });
    processor.behaviour = takes;
    await clock.advance(5_000);
    expect(pipeline.stats()).toMatchObject({ delivered: 100, dropped: {} });
    expect(pipeline.stats().processors[0]).toMatchObject({ breaker: 'closed', queuedSpans: 0, queuedBytes: 0 });
  });

  it('goes on after a call that hangs, and tells the processor to stop', async () => {
    const { pipeline, clock, processor } = makePipeline();
    processor.behaviour = hangs;
    pipeline.enqueue([endedSpan('a')], { isUrgent: true });
    await clock.advance(10_000);
    expect(processor.calls[0]?.signal.aborted).toBe(true);
    processor.behaviour = takes;
    await clock.advance(250);
    expect(processor.names()).toEqual([['a'], ['a']]);
  });

  it('drops what it could not send for an hour', async () => {
    const { pipeline, clock, processor } = makePipeline();
    processor.behaviour = isAway;
    pipeline.enqueue([endedSpan('a'), openSpan('b')]);
    await clock.advance(3_599_000);
    expect(pipeline.stats().dropped).toEqual({});
    await clock.advance(10_000);
    expect(pipeline.stats().dropped).toEqual({ expired: 2 });
    const calls = processor.calls.length;
    await clock.advance(60_000);
    expect(processor.calls).toHaveLength(calls);
  });

  it('drops the rest of a full queue by reason, STARTs before ENDs', async () => {
    const { pipeline, clock, processor } = makePipeline();
    processor.behaviour = isAway;
    pipeline.enqueue(Array.from({ length: 15_000 }, (_, index) => openSpan(`s${index}`)));
    pipeline.enqueue(Array.from({ length: 10_000 }, (_, index) => endedSpan(`e${index}`)));
    expect(pipeline.stats().dropped).toEqual({ queue_full: 5_000 });
    processor.behaviour = takes;
    await clock.advance(60_000);
    const sent = processor.calls.flatMap((call) => call.spans);
    expect(sent.filter((span) => span.name.startsWith('e'))).toHaveLength(10_000);
    expect(sent.filter((span) => span.name.startsWith('s')).map((span) => span.name)).toContain('s14999');
  });

  it('finds the one span of a batch that makes the processor throw, and sends the others', async () => {
    const { pipeline, clock, processor } = makePipeline();
    processor.behaviour = async (spans) => {
      if (spans.some((span) => span.name === 'poison')) throw new TypeError('cannot read it');
    };
    pipeline.enqueue([endedSpan('a'), endedSpan('b'), endedSpan('poison'), endedSpan('c'), endedSpan('d')]);
    await clock.advance(60_000);
    expect(pipeline.stats().delivered).toBe(4);
    expect(pipeline.stats().processors[0]).toMatchObject({ queuedSpans: 1, breaker: 'closed' });
    await clock.advance(3_600_000);
    expect(pipeline.stats().dropped).toEqual({ expired: 1 });
  });

  it('counts rejected spans as dropped, and the others as delivered', async () => {
    const { pipeline, clock, processor } = makePipeline();
    processor.behaviour = rejects('bad');
    pipeline.enqueue([endedSpan('good'), endedSpan('bad')]);
    await clock.advance(50);
    expect(pipeline.stats()).toMatchObject({ delivered: 1, dropped: { rejected: 1 } });
    expect(processor.calls).toHaveLength(1);
  });

  it('does not let one processor hold up another', async () => {
    const clock = new FakeClock();
    const stuck = new ScriptedProcessor('stuck', hangs);
    const broken = new ScriptedProcessor('broken', throwsAtOnce);
    const well = new ScriptedProcessor('well');
    const pipeline = new SpanPipeline({ processors: [stuck, broken, well], clock, backgroundLingerMs: 50, logger: silent });
    pipeline.enqueue([endedSpan('a')]);
    await clock.advance(50);
    pipeline.enqueue([endedSpan('b')]);
    await clock.advance(50);
    expect(well.names()).toEqual([['a'], ['b']]);
    expect(await pipelineIdle(pipeline, clock)).toBe(false);
  });
});

function makePipeline() {
  const clock = new FakeClock();
  const processor = new ScriptedProcessor('scripted');
  return {
    clock,
    processor,
    pipeline: new SpanPipeline({ processors: [processor], clock, backgroundLingerMs: 50, logger: silent }),
  };
}

async function pipelineIdle(pipeline: SpanPipeline, clock: FakeClock): Promise<boolean> {
  const flushed = pipeline.flush(1_000);
  await clock.advance(1_000);
  return flushed;
}
