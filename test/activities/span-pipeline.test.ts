import { describe, expect, it } from 'vitest';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import type { RedactionPlace } from '../../src/processors/redaction.js';
import type { JsonValue } from '../../src/span/span.js';
import { FakeClock } from '../helpers/fake-clock.js';
import { FakeMeter } from '../helpers/fake-meter.js';
import { type Behaviour, hangs, isAway, rejects, ScriptedProcessor, takes, throwsAtOnce } from '../helpers/scripted-processor.js';
import { endedSpan, openSpan } from '../helpers/spans.js';
import { failOnUnhandledRejections } from '../helpers/unhandled-rejections.js';

describe('span pipeline', () => {
  failOnUnhandledRejections();

  it('has delivered when every processor took the spans', async () => {
    const { pipeline, processors } = makePipeline(takes, takes);
    expect(await pipeline.deliver('start', [openSpan('a')], { deadlineMs: 250 })).toEqual({ delivered: true, failures: [] });
    expect(await pipeline.deliver('end', [endedSpan('a')], { deadlineMs: 250 })).toEqual({ delivered: true, failures: [] });
    expect(processors.map((processor) => processor.calls.map((call) => call.phase))).toEqual([
      ['start', 'end'],
      ['start', 'end'],
    ]);
    expect(pipeline.stats().delivered).toBe(4);
  });

  it('names the processors that failed, and why', async () => {
    const { pipeline, clock } = makePipeline(takes, isAway, throwsAtOnce, hangs);
    const outcome = pipeline.deliver('end', [endedSpan('a')], { deadlineMs: 250 });
    await clock.advance(250);
    expect((await outcome).delivered).toBe(false);
    expect((await outcome).failures.map(({ processor, code }) => [processor, code])).toEqual([
      ['p1', 'UNAVAILABLE'],
      ['p2', 'FAILED'],
      ['p3', 'DEADLINE'],
    ]);
  });

  it('counts a rejected span as lost and the batch as delivered', async () => {
    const { pipeline } = makePipeline(rejects('bad'));
    const outcome = await pipeline.deliver('end', [endedSpan('good'), endedSpan('bad')], { deadlineMs: 250 });
    expect(outcome.delivered).toBe(true);
    expect(pipeline.stats()).toMatchObject({ delivered: 1, dropped: { rejected: 1 } });
  });

  it('holds one call a window while the processor hangs, and none while the background probes', async () => {
    const { pipeline, clock, processors } = makePipeline(hangs);
    const first = pipeline.deliver('end', [endedSpan('a')], { deadlineMs: 250, isHeld: true });
    await clock.advance(250);
    expect((await first).failures[0]?.code).toBe('DEADLINE');
    const refused = await pipeline.deliver('end', [endedSpan('b')], { deadlineMs: 250, isHeld: true });
    expect(refused.failures[0]?.code).toBe('BREAKER_OPEN');
    expect(processors[0]?.calls).toHaveLength(1);

    pipeline.enqueue([endedSpan('c')], { isUrgent: true });
    await clock.advance(200);
    for (let round = 0; round < 20; round += 1) {
      await clock.advance(1_000);
      const held = await pipeline.deliver('end', [endedSpan('d')], { deadlineMs: 250, isHeld: true });
      expect(held.failures[0]?.code).toBe('BREAKER_OPEN');
    }
    expect(processors[0]?.names().every(([name]) => name === 'a' || name === 'c')).toBe(true);
  });

  it('makes held calls again once the background has found the processor well', async () => {
    const { pipeline, clock, processors } = makePipeline(isAway);
    await pipeline.deliver('end', [endedSpan('a')], { deadlineMs: 250, isHeld: true });
    pipeline.enqueue([endedSpan('b')]);
    (processors[0] as ScriptedProcessor).behaviour = takes;
    await clock.advance(300);
    expect(pipeline.stats().processors[0]?.breaker).toBe('closed');
    expect((await pipeline.deliver('end', [endedSpan('a')], { deadlineMs: 250, isHeld: true })).delivered).toBe(true);
  });

  it('answers at once when the caller is cancelled', async () => {
    const { pipeline } = makePipeline(hangs);
    const cancel = new AbortController();
    const outcome = pipeline.deliver('end', [endedSpan('a')], { deadlineMs: 250, signal: cancel.signal });
    cancel.abort();
    expect((await outcome).failures[0]?.code).toBe('ABORTED');
    expect(pipeline.stats().processors[0]?.breaker).toBe('closed');
  });

  it('redacts every span before a processor sees it, delivered or left to the background', async () => {
    const clock = new FakeClock();
    const processor = new ScriptedProcessor('p');
    const pipeline = new SpanPipeline({
      processors: [processor],
      redaction: hideNames,
      clock,
      backgroundLingerMs: 50,
      logger: { warn: () => {} },
    });
    await pipeline.deliver('end', [endedSpan('a', { input: 'secret' })], { deadlineMs: 250 });
    pipeline.enqueue([endedSpan('b', { input: 'secret' })]);
    await clock.advance(50);
    expect(processor.names()).toEqual([['hidden'], ['hidden']]);
    expect(JSON.stringify(processor.calls)).not.toContain('secret');
  });

  it('refuses two processors of one name', () => {
    expect(() => new SpanPipeline({ processors: [new ScriptedProcessor('p'), new ScriptedProcessor('p')] })).toThrow(
      /must be processors of different names, got two that are named "p": give one of them another/,
    );
  });

  it('logs losses at once, then once a minute with the totals', async () => {
    const lines: string[] = [];
    const clock = new FakeClock();
    const pipeline = new SpanPipeline({
      processors: [],
      clock,
      backgroundLingerMs: 50,
      logger: { warn: (line: string) => lines.push(line) },
    });
    pipeline.countDropped({ budget: 2 });
    pipeline.countDropped({ budget: 3 });
    pipeline.countDropped({ outbox_full: 1 });
    await clock.advance(59_000);
    expect(lines).toEqual(['everspan: lost 2 spans (budget 2); since the start of this process: 2 spans (budget 2)']);
    await clock.advance(2_000);
    expect(lines.slice(1)).toEqual([
      'everspan: lost 4 spans (budget 3, outbox_full 1); since the start of this process: 6 spans (budget 5, outbox_full 1)',
    ]);
    await clock.advance(600_000);
    expect(lines).toHaveLength(2);
  });

  it('shows its counters through Temporal metrics, and works on when the meter throws', async () => {
    const meter = new FakeMeter();
    const { pipeline } = makePipeline(rejects('bad'));
    pipeline.attachMeter(meter);
    await pipeline.deliver('end', [endedSpan('good'), endedSpan('bad')], { deadlineMs: 250 });
    expect(meter.values('everspan_spans_delivered')).toEqual([[1, { processor: 'p0' }]]);
    expect(meter.values('everspan_spans_dropped')).toEqual([[1, { processor: 'p0', reason: 'rejected' }]]);
    expect(meter.values('everspan_batch_spans')).toEqual([[2, { processor: 'p0' }]]);
    expect(meter.values('everspan_flush_latency')).toEqual([[0, { processor: 'p0', outcome: 'rejected' }]]);
    expect(meter.values('everspan_breaker_state')).toEqual([[0, { processor: 'p0' }]]);
    meter.isBroken = true;
    expect((await pipeline.deliver('end', [endedSpan('good')], { deadlineMs: 250 })).delivered).toBe(true);
  });

  it('measures flushes', async () => {
    const { pipeline, clock } = makePipeline(hangs);
    const outcome = pipeline.deliver('end', [endedSpan('a')], { deadlineMs: 200 });
    await clock.advance(200);
    await outcome;
    const { flushLatencyMs, batchSpans } = pipeline.stats();
    expect(flushLatencyMs).toMatchObject({ count: 1, sum: 200, max: 200 });
    expect(flushLatencyMs.buckets.find((bucket) => bucket.count > 0)?.atMost).toBe(250);
    expect(batchSpans).toMatchObject({ count: 1, sum: 1, max: 1 });
  });

  it('flushes what waits, and says when it could not in time', async () => {
    const { pipeline, clock, processors } = makePipeline(takes, takes);
    pipeline.enqueue([endedSpan('a')]);
    const flushed = pipeline.flush(1_000);
    await clock.advance(0);
    expect(await flushed).toBe(true);
    expect(processors.map((processor) => processor.names())).toEqual([[['a']], [['a']]]);
    (processors[1] as ScriptedProcessor).behaviour = hangs;
    pipeline.enqueue([endedSpan('b')]);
    const late = pipeline.flush(1_000);
    await clock.advance(1_000);
    expect(await late).toBe(false);
  });

  it('shuts down within its time whatever the processors do, once, and counts what is left', async () => {
    const { pipeline, clock, processors } = makePipeline(takes, hangs);
    const [well, stuck] = processors as [ScriptedProcessor, ScriptedProcessor];
    stuck.shutdown = () => new Promise(() => {});
    pipeline.enqueue([endedSpan('a')]);
    const done = Promise.all([pipeline.shutdown(1_000), pipeline.shutdown(5)]);
    await clock.advance(1_000);
    await done;
    expect(well.names()).toEqual([['a']]);
    expect(well.shutdowns).toBe(1);
    expect(stuck.calls[0]?.signal.aborted).toBe(true);
    expect(pipeline.stats().dropped).toEqual({ shutdown: 1 });
    pipeline.enqueue([endedSpan('b')]);
    expect(pipeline.stats().dropped).toEqual({ shutdown: 3 });
    expect((await pipeline.deliver('end', [endedSpan('c')], { deadlineMs: 250 })).failures[0]?.code).toBe('ABORTED');
  });

  it('has no timer that keeps the process alive, however much waits', async () => {
    const before = countTimers();
    const pipeline = new SpanPipeline({ processors: [new ScriptedProcessor('p', isAway)], logger: { warn: () => {} } });
    pipeline.enqueue([endedSpan('a')], { isUrgent: true });
    pipeline.countDropped({ budget: 1 });
    expect(await pipeline.flush(100)).toBe(false);
    expect(pipeline.stats().processors[0]?.breaker).toBe('open');
    expect(countTimers()).toBeLessThanOrEqual(before);
    await pipeline.shutdown(10);
  });

  it('keeps no span after it was taken', async () => {
    const { pipeline, clock } = makePipeline(takes);
    for (let round = 0; round < 100; round += 1) {
      pipeline.enqueue(Array.from({ length: 100 }, (_, index) => openSpan(`s${round}-${index}`)));
      await clock.advance(50);
    }
    expect(pipeline.stats()).toMatchObject({ delivered: 10_000, dropped: {} });
    expect(pipeline.stats().processors[0]).toMatchObject({ queuedSpans: 0, queuedBytes: 0 });
  });
});

function hideNames(value: JsonValue, place: RedactionPlace): JsonValue {
  if (place.field === 'input') throw new TypeError('cannot');
  return place.field === 'name' ? 'hidden' : value;
}

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

function makePipeline(...behaviours: Behaviour[]) {
  const clock = new FakeClock();
  const processors = behaviours.map((behaviour, index) => new ScriptedProcessor(`p${index}`, behaviour));
  return {
    clock,
    processors,
    pipeline: new SpanPipeline({ processors, clock, backgroundLingerMs: 50, logger: { warn: () => {} } }),
  };
}
