import { describe, expect, it } from 'vitest';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import type { Span } from '../../src/span/span.js';
import { MemoryOpenSpanIndex } from '../../src/state/memory-open-span-index.js';
import type { OpenSpanIndex } from '../../src/state/open-span-index.js';
import { FakeClock } from '../helpers/fake-clock.js';
import { type Behaviour, isAway, ScriptedProcessor, takes } from '../helpers/scripted-processor.js';
import { endedSpan, openSpan } from '../helpers/spans.js';
import { failOnUnhandledRejections } from '../helpers/unhandled-rejections.js';

const RUN = { namespace: 'default', workflowId: 'w', runId: 'r' };
const OF_RUN = { 'temporal.namespace': 'default', 'temporal.workflow.id': 'w', 'temporal.run.id': 'r' };

function ofRun(span: Span): Span {
  return { ...span, attributes: { ...span.attributes, ...OF_RUN } };
}

function setUp(index: OpenSpanIndex, ...behaviours: Behaviour[]) {
  const clock = new FakeClock();
  const processors = behaviours.map((behaviour, at) => new ScriptedProcessor(`p${at}`, behaviour));
  const warnings: string[] = [];
  const pipeline = new SpanPipeline({
    processors,
    openSpans: index,
    resource: {},
    clock,
    logger: { warn: (line) => void warnings.push(line) },
    redaction: (value) => (typeof value === 'string' ? value.replace('secret', '[gone]') : value),
  });
  return { clock, processors, pipeline, warnings };
}

async function openIn(index: OpenSpanIndex): Promise<string[]> {
  return (await index.spansOf(RUN)).map(({ name }) => name);
}

/** An index of which every call fails as `failing` does. */
function failingIndex(failing: () => Promise<void>): OpenSpanIndex & { calls: number } {
  const index = {
    calls: 0,
    name: 'failing',
    put: () => {
      index.calls += 1;
      return failing();
    },
    remove: () => {
      index.calls += 1;
      return failing();
    },
    spansOf: async () => [],
    runs: async () => ({ runs: [] }),
    forget: async () => {},
    renew: async () => {},
    close: async () => {},
  };
  return index;
}

describe('the open-span index beside delivery', () => {
  failOnUnhandledRejections();

  it('has a span once it is out, redacted, and has it no more once its end is', async () => {
    const index = new MemoryOpenSpanIndex();
    const { pipeline } = setUp(index, takes);
    const span = ofRun({ ...openSpan('a'), name: 'a secret' });
    await pipeline.deliver('start', [span], { deadlineMs: 250 });
    expect(await openIn(index)).toEqual(['a [gone]']);
    await pipeline.deliver('end', [ofRun(endedSpan('a'))], { deadlineMs: 250 });
    expect(await openIn(index)).toEqual([]);
    expect(pipeline.stats().openSpans).toEqual({ put: 1, removed: 1, failedCalls: 0, refusedCalls: 0 });
  });

  it('keeps a span whose end is not out', async () => {
    const index = new MemoryOpenSpanIndex();
    const { pipeline, processors } = setUp(index, takes, takes);
    await pipeline.deliver('start', [ofRun(openSpan('a'))], { deadlineMs: 250 });
    (processors[1] as ScriptedProcessor).behaviour = isAway;
    expect((await pipeline.deliver('end', [ofRun(endedSpan('a'))], { deadlineMs: 250 })).delivered).toBe(false);
    expect(await openIn(index)).toHaveLength(1);
  });

  it('lets go of what the background sends when the last processor has it', async () => {
    const index = new MemoryOpenSpanIndex();
    const { pipeline, processors, clock } = setUp(index, takes, takes);
    await pipeline.deliver('start', [ofRun(openSpan('a'))], { deadlineMs: 250 });
    (processors[1] as ScriptedProcessor).behaviour = isAway;
    pipeline.enqueue([ofRun(endedSpan('a'))], { isUrgent: true, isOfRun: true });
    await clock.advance(0);
    expect(await openIn(index)).toHaveLength(1);
    (processors[1] as ScriptedProcessor).behaviour = takes;
    await clock.advance(10_000);
    expect(await openIn(index)).toEqual([]);
  });

  it('has an end that waits in the background, and lets go of it once it is out', async () => {
    const index = new MemoryOpenSpanIndex();
    const { pipeline, processors, clock } = setUp(index, isAway);
    const ended = ofRun(endedSpan('a'));
    pipeline.enqueue([ended], { isUrgent: true, isOfRun: true });
    await clock.advance(0);
    expect(await index.spansOf(RUN)).toEqual([ended]);
    (processors[0] as ScriptedProcessor).behaviour = takes;
    await clock.advance(10_000);
    expect(await index.spansOf(RUN)).toEqual([]);
  });

  it('keeps the later of two ends until that one is out', async () => {
    const index = new MemoryOpenSpanIndex();
    const { pipeline, processors, clock } = setUp(index, isAway);
    const [first, later] = [ofRun(endedSpan('a')), ofRun(endedSpan('a', { endTime: 1_700_000_002_000_000 }))];
    pipeline.enqueue([first], { isUrgent: true, isOfRun: true });
    pipeline.enqueue([later], { isUrgent: true, isOfRun: true });
    pipeline.enqueue([first], { isUrgent: true, isOfRun: true });
    await clock.advance(0);
    expect(await index.spansOf(RUN)).toEqual([later]);
    (processors[0] as ScriptedProcessor).behaviour = takes;
    await clock.advance(10_000);
    expect(await index.spansOf(RUN)).toEqual([]);
  });

  it('has no more ends than the background keeps, and has room again once that has given up', async () => {
    const index = new MemoryOpenSpanIndex();
    const { pipeline, clock } = setUp(index, isAway);
    const many = (from: number) => Array.from({ length: 20_000 }, (_, at) => ofRun(endedSpan(`${from + at}`)));
    pipeline.enqueue(many(0), { isOfRun: true });
    pipeline.enqueue([ofRun(endedSpan('too many'))], { isOfRun: true });
    await clock.advance(0);
    expect(await index.spansOf(RUN)).toHaveLength(20_000);
    await clock.advance(3_600_001);
    pipeline.enqueue([ofRun(endedSpan('room'))], { isOfRun: true });
    await clock.advance(0);
    expect(await openIn(index)).toContain('room');
    expect(await openIn(index)).not.toContain('too many');
  });

  it('is told nothing of spans that are of no run', async () => {
    const index = failingIndex(async () => {});
    const { pipeline, clock } = setUp(index, takes);
    pipeline.enqueue([ofRun(openSpan('a')), ofRun(endedSpan('b'))], { isUrgent: true });
    await clock.advance(1_000);
    await pipeline.deliver('start', [openSpan('c')], { deadlineMs: 250 });
    expect(index.calls).toBe(0);
  });

  it('holds delivery up to its own deadline when it hangs, then not at all, and is counted', async () => {
    const index = failingIndex(() => new Promise(() => {}));
    const { pipeline, clock, warnings } = setUp(index, takes);
    const outcome = pipeline.deliver('start', [ofRun(openSpan('a'))], { deadlineMs: 250 });
    await clock.advance(250);
    expect(await outcome).toEqual({ delivered: true, failures: [] });
    await clock.advance(1_800);
    expect(await pipeline.deliver('start', [ofRun(openSpan('b'))], { deadlineMs: 250 })).toEqual({
      delivered: true,
      failures: [],
    });
    expect(pipeline.stats().openSpans).toEqual({ put: 0, removed: 0, failedCalls: 1, refusedCalls: 1 });
    expect(warnings).toEqual([expect.stringMatching(/open-span index failing: no answer within 2000 ms/)]);
  });

  it('that throws leaves delivery as it is, and is tried again later', async () => {
    const index = failingIndex(() => Promise.reject(new TypeError('away')));
    const { pipeline, clock } = setUp(index, takes);
    for (const id of ['a', 'b']) {
      const outcome = await pipeline.deliver('start', [ofRun(openSpan(id))], { deadlineMs: 250 });
      expect(outcome).toEqual({ delivered: true, failures: [] });
    }
    expect(index.calls).toBe(1);
    await clock.advance(250);
    await pipeline.deliver('start', [ofRun(openSpan('c'))], { deadlineMs: 250 });
    expect(index.calls).toBe(2);
    expect(pipeline.stats().openSpans).toMatchObject({ failedCalls: 2, refusedCalls: 1 });
  });

  it('has nothing under way when a flush is over', async () => {
    let isDone = false;
    const index = failingIndex(async () => {
      await Promise.resolve();
      isDone = true;
    });
    const { pipeline, clock } = setUp(index, takes);
    pipeline.enqueue([ofRun(endedSpan('a'))], { isUrgent: true, isOfRun: true });
    const flushed = pipeline.flush(1_000);
    await clock.advance(0);
    expect(await flushed).toBe(true);
    expect(isDone).toBe(true);
  });
});
