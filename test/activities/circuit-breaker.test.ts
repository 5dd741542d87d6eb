import { describe, expect, it } from 'vitest';
import { type CallPermit, CircuitBreaker } from '../../src/activities/circuit-breaker.js';
import { FakeClock } from '../helpers/fake-clock.js';

describe('circuit breaker', () => {
  it('makes every call while the processor answers, and again after one that was merely abandoned', () => {
    const { breaker } = makeBreaker();
    permit(breaker, 'held').succeeded(3);
    permit(breaker, 'held').succeeded(9_000);
    permit(breaker, 'held').abandoned();
    expect(breaker.state).toBe('closed');
    expect(breaker.tryAcquire('held')).toBeDefined();
  });

  it('makes no call for its window after one has failed, and then one only until that has ended', async () => {
    const { breaker, clock } = makeBreaker();
    permit(breaker, 'held').failed();
    expect(breaker.state).toBe('open');
    await clock.advance(249);
    expect(breaker.tryAcquire('held')).toBeUndefined();
    await clock.advance(1);
    const probe = permit(breaker, 'held');
    expect(breaker.state).toBe('half-open');
    expect(breaker.tryAcquire('held')).toBeUndefined();
    expect(breaker.tryAcquire('patient')).toBeUndefined();
    probe.succeeded(20);
    expect(breaker.state).toBe('closed');
  });

  it('doubles its window up to 5 s, and begins again at 250 ms after a success', async () => {
    const { breaker, clock } = makeBreaker();
    permit(breaker, 'patient').failed();
    const windows: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      windows.push(breaker.patientWaitMs());
      await clock.advance(breaker.patientWaitMs());
      permit(breaker, 'patient').failed();
    }
    expect(windows).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    await clock.advance(breaker.patientWaitMs());
    permit(breaker, 'patient').succeeded(1);
    permit(breaker, 'patient').failed();
    expect(breaker.patientWaitMs()).toBe(250);
  });

  it('leaves the probe to the background while that has work', async () => {
    const clock = new FakeClock();
    let hasWork = true;
    const breaker = new CircuitBreaker(
      clock,
      () => {},
      () => hasWork,
    );
    permit(breaker, 'held').failed();
    await clock.advance(10_000);
    expect(breaker.tryAcquire('held')).toBeUndefined();
    hasWork = false;
    expect(breaker.tryAcquire('held')).toBeDefined();
  });

  it('keeps held calls away from a processor that answers too late for them, and lets patient ones through', async () => {
    const { breaker, clock } = makeBreaker();
    permit(breaker, 'held').failed();
    await clock.advance(250);
    permit(breaker, 'patient').succeeded(800);
    expect(breaker.state).toBe('slow');
    expect(breaker.tryAcquire('held')).toBeUndefined();
    permit(breaker, 'patient').succeeded(800);
    expect(breaker.state).toBe('slow');
    permit(breaker, 'patient').succeeded(40);
    expect(breaker.state).toBe('closed');
  });

  it('opens when a slow processor stops to answer at all', async () => {
    const { breaker, clock } = makeBreaker();
    permit(breaker, 'held').failed();
    await clock.advance(250);
    permit(breaker, 'patient').succeeded(800);
    permit(breaker, 'patient').failed();
    expect(breaker.state).toBe('open');
    expect(breaker.patientWaitMs()).toBe(1_000);
  });

  it('lets the next call probe at once when a probe was cancelled', async () => {
    const { breaker, clock } = makeBreaker();
    permit(breaker, 'held').failed();
    await clock.advance(250);
    permit(breaker, 'held').abandoned();
    expect(breaker.state).toBe('open');
    permit(breaker, 'held').succeeded(1);
    expect(breaker.state).toBe('closed');
  });

  it('does not listen to calls that began before it opened, nor to a second word of one', async () => {
    const { breaker, clock } = makeBreaker();
    const early = permit(breaker, 'held');
    const late = permit(breaker, 'held');
    late.failed();
    early.succeeded(5);
    expect(breaker.state).toBe('open');
    await clock.advance(250);
    const probe = permit(breaker, 'held');
    probe.succeeded(5);
    probe.failed();
    expect(breaker.state).toBe('closed');
  });

  it('tells of every change', async () => {
    const clock = new FakeClock();
    const states: string[] = [];
    const breaker = new CircuitBreaker(clock, (state) => states.push(state));
    permit(breaker, 'held').failed();
    await clock.advance(250);
    permit(breaker, 'held').succeeded(300);
    permit(breaker, 'patient').succeeded(1);
    expect(states).toEqual(['open', 'half-open', 'slow', 'closed']);
  });
});

function makeBreaker(): { breaker: CircuitBreaker; clock: FakeClock } {
  const clock = new FakeClock();
  return { breaker: new CircuitBreaker(clock), clock };
}

function permit(breaker: CircuitBreaker, patience: 'held' | 'patient'): CallPermit {
  const given = breaker.tryAcquire(patience);
  expect(given).toBeDefined();
  return given as CallPermit;
}
