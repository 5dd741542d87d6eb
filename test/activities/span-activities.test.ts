import type { Info } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { createSpanActivities } from '../../src/activities/span-activities.js';
import { SpanPipeline } from '../../src/activities/span-pipeline.js';
import { deriveSpanId } from '../../src/span/ids.js';
import { DEFAULT_CONFIG } from '../../src/wire/default-config.js';
import type { RecordedConfig, SpanBatch, SpanReceipt, WireSpan } from '../../src/wire/span-batch.js';
import { FakeClock } from '../helpers/fake-clock.js';
import { type Behaviour, hangs, isAway, rejects, ScriptedProcessor, takes, throwsAtOnce } from '../helpers/scripted-processor.js';
import { endedSpan, TRACE_ID } from '../helpers/spans.js';

const quiet = { logger: new DefaultLogger('ERROR') };

const LOCAL: Partial<Info> = { isLocal: true, startToCloseTimeoutMs: 2_000, scheduleToCloseTimeoutMs: 0 };
const REMOTE: Partial<Info> = { isLocal: false, startToCloseTimeoutMs: 4_000, scheduleToCloseTimeoutMs: 3_600_000 };

describe('span activities', () => {
  it('deliver whole spans with the resource of their process, and answer with the configuration', async () => {
    const { run, processor } = makeActivities(takes);
    const receipt = await run('START_SPAN', batch([open('a')]), LOCAL);
    expect(receipt).toEqual({ v: 1, delivered: true, config: DEFAULT_CONFIG });
    expect(processor.calls).toHaveLength(1);
    expect(processor.calls[0]).toMatchObject({ phase: 'start' });
    expect(processor.calls[0]?.spans[0]).toMatchObject({
      name: 'a',
      traceId: TRACE_ID,
      status: 'RUNNING',
      attributes: { 'temporal.workflow.id': 'w' },
      resource: { 'service.name': 'tested' },
      scope: { name: 'everspan' },
      source: 'observed',
    });
  });

  it('keep nothing from START to END: each delivers on its own, in any process', async () => {
    const start = makeActivities(takes);
    const end = makeActivities(takes);
    await start.run('START_SPAN', batch([open('a')]), LOCAL);
    await end.run('END_SPAN', batch([ended('a')]), REMOTE);
    expect(end.processor.calls[0]).toMatchObject({ phase: 'end' });
    expect(end.processor.calls[0]?.spans[0]).toMatchObject({ name: 'a', startTime: 1_000, endTime: 2_000, status: 'OK' });
  });

  it('send open spans as begun and ended ones as ended, whichever activity brings them', async () => {
    const { run, processor } = makeActivities(takes);
    await run('END_SPAN', batch([open('a'), ended('b')]), LOCAL);
    expect(processor.calls.map((call) => [call.phase, call.spans.map((span) => span.name)])).toEqual([
      ['start', ['a']],
      ['end', ['b']],
    ]);
  });

  const troubles: [string, Behaviour][] = [
    ['is away', isAway],
    ['throws at once', throwsAtOnce],
    ['hangs', hangs],
  ];
  it.each(troubles)(
    'answer "not delivered" from a local attempt when the processor %s, within 250 ms',
    async (_is, behaviour) => {
      const { run, clock } = makeActivities(behaviour);
      const receipt = run('END_SPAN', batch([ended('a')]), LOCAL);
      await clock.advance(250);
      expect(await receipt).toEqual({ v: 1, delivered: false, config: DEFAULT_CONFIG });
    },
  );

  it('answer before their own timeout, however short', async () => {
    const { run, clock } = makeActivities(hangs);
    const receipt = run('END_SPAN', batch([ended('a')]), { ...LOCAL, startToCloseTimeoutMs: 40 });
    await clock.advance(30);
    expect((await receipt).delivered).toBe(false);
  });

  it('answer at once from the second local attempt on while the processor hangs', async () => {
    const { run, clock, processor } = makeActivities(hangs);
    const first = run('END_SPAN', batch([ended('a')]), LOCAL);
    await clock.advance(250);
    await first;
    expect((await run('END_SPAN', batch([ended('b')]), LOCAL)).delivered).toBe(false);
    expect(processor.calls).toHaveLength(1);
  });

  it('leave it to the background to find out whether the processor is back', async () => {
    const { run, clock, processor, pipeline } = makeActivities(hangs);
    const first = run('END_SPAN', batch([ended('a')]), LOCAL);
    await clock.advance(250);
    await first;
    await clock.advance(250);
    pipeline.enqueue([endedSpan('b')]);
    expect((await run('END_SPAN', batch([ended('c')]), LOCAL)).delivered).toBe(false);
    expect(processor.calls).toHaveLength(1);
    await clock.advance(50);
    expect(processor.names()).toEqual([['a'], ['b']]);
  });

  it.each([
    ['is away', isAway, 'UNAVAILABLE'],
    ['throws at once', throwsAtOnce, 'FAILED'],
    ['hangs', hangs, 'DEADLINE'],
  ] as const)('fail retryably as a remote activity when the processor %s', async (_is, behaviour, type) => {
    const { run, clock } = makeActivities(behaviour);
    const failure = run('END_SPAN', batch([ended('a')]), REMOTE).catch((thrown: unknown) => thrown);
    await clock.advance(4_000);
    expect(await failure).toBeInstanceOf(ApplicationFailure);
    expect(await failure).toMatchObject({ type, nonRetryable: false, category: 'BENIGN' });
  });

  it('free their slot when a remote attempt is cancelled, and tell the processor', async () => {
    const { activities, processor } = makeActivities(hangs);
    const environment = new MockActivityEnvironment(REMOTE, quiet);
    const failure = environment.run(activities.END_SPAN, batch([ended('a')])).catch((thrown: unknown) => thrown);
    environment.cancel('WORKER_SHUTDOWN');
    expect(await failure).toBeInstanceOf(CancelledFailure);
    expect(processor.calls[0]?.signal.aborted).toBe(true);
  });

  it('free their slot when a local attempt is cancelled', async () => {
    const { activities } = makeActivities(hangs);
    const environment = new MockActivityEnvironment(LOCAL, quiet);
    const receipt: Promise<SpanReceipt> = environment.run(activities.END_SPAN, batch([ended('a')]));
    environment.cancel('WORKER_SHUTDOWN');
    expect((await receipt).delivered).toBe(false);
  });

  it('count a rejected span as lost and the batch as delivered', async () => {
    const { run, pipeline } = makeActivities(rejects('bad'));
    expect((await run('END_SPAN', batch([ended('good'), ended('bad')]), REMOTE)).delivered).toBe(true);
    expect(pipeline.stats().dropped).toEqual({ rejected: 1 });
  });

  it('leave a closing batch that is not out to the background, which goes on trying', async () => {
    const { run, clock, processor, pipeline } = makeActivities(hangs);
    const receipt = run('END_SPAN', { ...batch([ended('a')]), last: true as const }, LOCAL);
    await clock.advance(250);
    expect((await receipt).delivered).toBe(false);
    processor.behaviour = takes;
    await clock.advance(250);
    expect(processor.names()).toEqual([['a'], ['a']]);
    expect(pipeline.stats()).toMatchObject({ delivered: 1, dropped: {} });
  });

  it('leave a closing batch only to the processors that did not take it', async () => {
    const clock = new FakeClock();
    const well = new ScriptedProcessor('well');
    const away = new ScriptedProcessor('away', isAway);
    const pipeline = new SpanPipeline({ processors: [well, away], clock, backgroundLingerMs: 50, logger: { warn: () => {} } });
    const activities = createSpanActivities({ pipeline, config: DEFAULT_CONFIG });
    await new MockActivityEnvironment(LOCAL, quiet).run(activities.END_SPAN, { ...batch([ended('a')]), last: true as const });
    away.behaviour = takes;
    await clock.advance(1_000);
    expect(well.calls).toHaveLength(1);
    expect(away.calls).toHaveLength(2);
  });

  it('keep their share of traces of which nobody decided, and the root of a failed run when asked to', async () => {
    const all = makeActivities(takes);
    await all.run('END_SPAN', undecided('activity'), LOCAL);
    expect(all.processor.names()).toEqual([['a']]);
    const none = makeActivities(takes, { sampleRatio: 0 });
    expect((await none.run('END_SPAN', undecided('workflow'), LOCAL)).delivered).toBe(true);
    expect(none.processor.calls).toEqual([]);
    const errors = makeActivities(takes, { sampleRatio: 0, keepErrors: true });
    await errors.run('END_SPAN', undecided('activity'), LOCAL);
    expect(errors.processor.calls).toEqual([]);
    await errors.run('END_SPAN', undecided('workflow'), LOCAL);
    expect(errors.processor.names()).toEqual([['a']]);
  });

  it('count what the workflow left out, once its batch is out', async () => {
    const { run, pipeline, processor, clock } = makeActivities(isAway);
    const lossy = { ...batch([ended('a')]), dropped: { budget: 3 } };
    await run('END_SPAN', lossy, LOCAL);
    expect(pipeline.stats().dropped).toEqual({});
    processor.behaviour = takes;
    await clock.advance(250);
    await run('END_SPAN', lossy, REMOTE);
    expect(pipeline.stats().dropped).toEqual({ budget: 3 });
  });

  it.each([LOCAL, REMOTE])('refuse a batch that is none, for ever', async (info) => {
    const { run, pipeline } = makeActivities(takes);
    await expect(run('END_SPAN', { v: 2 } as unknown as SpanBatch, info)).rejects.toMatchObject({
      type: 'UNKNOWN_VERSION',
      nonRetryable: true,
    });
    expect(pipeline.stats().dropped).toEqual({ invalid: 1 });
  });

  it('deliver the good spans of a batch before they refuse the others', async () => {
    const { run, processor, pipeline } = makeActivities(takes);
    const mixed = batch([ended('good'), { ...ended('bad'), spanId: 'x' }]);
    await expect(run('END_SPAN', mixed, REMOTE)).rejects.toMatchObject({ type: 'INVALID_SPAN_ID', nonRetryable: true });
    expect(processor.names()).toEqual([['good']]);
    expect(pipeline.stats().dropped).toEqual({ invalid: 1 });
  });

  it('send the good spans of a batch out again before they refuse the others', async () => {
    const { run, pipeline } = makeActivities(isAway);
    const mixed = batch([ended('good'), { ...ended('bad'), spanId: 'x' }]);
    await expect(run('END_SPAN', mixed, REMOTE)).rejects.toMatchObject({ type: 'UNAVAILABLE', nonRetryable: false });
    expect(pipeline.stats().dropped).toEqual({});
  });
});

function makeActivities(behaviour: Behaviour, config: Partial<RecordedConfig> = {}) {
  const clock = new FakeClock();
  const processor = new ScriptedProcessor('scripted', behaviour);
  const resource = { 'service.name': 'tested' };
  const pipeline = new SpanPipeline({
    processors: [processor],
    resource,
    clock,
    backgroundLingerMs: 50,
    logger: { warn: () => {} },
  });
  const activities = createSpanActivities({ pipeline, config: { ...DEFAULT_CONFIG, ...config } });
  const run = (type: 'START_SPAN' | 'END_SPAN', argument: SpanBatch, info: Partial<Info>): Promise<SpanReceipt> =>
    new MockActivityEnvironment(info, quiet).run(activities[type], argument);
  return { activities, pipeline, processor, clock, run };
}

function undecided(type: string): SpanBatch {
  return { ...batch([{ ...ended('a'), type, status: 'ERROR' }]), samplingUndecided: true };
}

function batch(spans: WireSpan[]): SpanBatch {
  return { v: 1, traceId: TRACE_ID, shared: { 'temporal.workflow.id': 'w' }, spans };
}

function open(name: string): WireSpan {
  return {
    spanId: deriveSpanId('run', 'test', name),
    name,
    kind: 'INTERNAL',
    type: 'activity',
    startTime: 1_000,
    status: 'RUNNING',
  };
}

function ended(name: string): WireSpan {
  return { ...open(name), endTime: 2_000, status: 'OK' };
}

describe('the names that the activities are registered under', () => {
  it.each([
    ['the default configuration', {}, ['START_SPAN', 'END_SPAN']],
    ['a queue for remote batches besides', { spanTaskQueue: 'spans' }, ['START_SPAN', 'END_SPAN']],
    ['any other', { closing: 'record' }, ['START_SPAN', 'END_SPAN', 'everspan/1/configured']],
  ] as const)('say whether the configuration is the default one: %s', (_what, config, names) => {
    const pipeline = new SpanPipeline({ processors: [new ScriptedProcessor('p', takes)] });
    expect(Object.keys(createSpanActivities({ pipeline, config: { ...DEFAULT_CONFIG, ...config } }))).toEqual(names);
  });
});
