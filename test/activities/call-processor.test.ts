import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { callProcessor } from '../../src/activities/call-processor.js';
import { defer } from '../helpers/deferred.js';
import { FakeClock } from '../helpers/fake-clock.js';
import { type Behaviour, hangs, isAway, rejects, ScriptedProcessor, takes, throwsAtOnce } from '../helpers/scripted-processor.js';
import { endedSpan } from '../helpers/spans.js';
import { failOnUnhandledRejections } from '../helpers/unhandled-rejections.js';

describe('a call of a processor', () => {
  failOnUnhandledRejections();

  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('no');
      },
      getPrototypeOf() {
        throw new Error('no');
      },
    },
  );
  const cases: [string, Behaviour, string][] = [
    ['takes them', takes, 'taken'],
    ['is away', isAway, 'unavailable'],
    ['throws before it returns a promise', throwsAtOnce, 'failed'],
    ['returns no promise at all', (() => undefined) as unknown as Behaviour, 'taken'],
    ['rejects with undefined', rejectsWith(undefined), 'failed'],
    ['rejects with an object that cannot be read', rejectsWith(hostile), 'failed'],
    ['rejects one span', rejects('bad'), 'rejected'],
  ];
  it.each(cases)('ends when the processor %s', async (_does, behaviour, kind) => {
    const result = await call(behaviour, new FakeClock());
    expect(result.kind).toBe(kind);
  });

  it('is given up at its deadline, and the processor is told', async () => {
    const clock = new FakeClock();
    const processor = new ScriptedProcessor('p', hangs);
    const pending = callProcessor(processor, 'end', [endedSpan('a')], { deadlineMs: 250, clock });
    await clock.advance(249);
    expect(processor.calls[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(await pending).toMatchObject({ kind: 'deadline', elapsedMs: 250 });
    expect(processor.calls[0]?.signal.aborted).toBe(true);
  });

  it('ends at once when its caller is cancelled, before or while it runs', async () => {
    const clock = new FakeClock();
    const cancel = new AbortController();
    const processor = new ScriptedProcessor('p', hangs);
    const pending = callProcessor(processor, 'end', [], { deadlineMs: 250, signal: cancel.signal, clock });
    cancel.abort();
    expect(await pending).toMatchObject({ kind: 'cancelled' });
    expect(processor.calls[0]?.signal.aborted).toBe(true);
    expect(await callProcessor(processor, 'end', [], { deadlineMs: 250, signal: cancel.signal, clock })).toMatchObject({
      kind: 'cancelled',
    });
    expect(processor.calls).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('leaves no listener on its caller’s signal', async () => {
    const { signal } = new AbortController();
    await callProcessor(new ScriptedProcessor('p'), 'end', [], { deadlineMs: 250, signal, clock: new FakeClock() });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('lets a processor reject after it was given up', async () => {
    const clock = new FakeClock();
    const late = defer();
    const ignoresAbort: Behaviour = () => late.promise;
    const pending = callProcessor(new ScriptedProcessor('p', ignoresAbort), 'end', [], { deadlineMs: 250, clock });
    await clock.advance(250);
    expect((await pending).kind).toBe('deadline');
    late.reject(new Error('late'));
    await clock.advance(0);
  });
});

function rejectsWith(reason: unknown): Behaviour {
  return () => Promise.reject(reason);
}

function call(behaviour: Behaviour, clock: FakeClock) {
  return callProcessor(new ScriptedProcessor('p', behaviour), 'end', [endedSpan('good'), endedSpan('bad')], {
    deadlineMs: 250,
    clock,
  });
}
