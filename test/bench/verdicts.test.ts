import { describe, expect, test } from 'vitest';
import { judgeCount, judgeInterval, judgeSlope, judgeValue } from '../../bench/verdicts.mjs';

const QUIET = interval(0.98, 1.02);

describe('a ratio', () => {
  test.each([
    ['below the target', interval(0.9, 1.05), 'met'],
    ['that reaches down to the target', interval(1.1, 1.3), 'met'],
    ['above the target', interval(1.11, 1.3), 'missed'],
  ])('%s, where it may be at most 1.10, is %s', (_where, ratio, verdict) => {
    expect(judgeInterval(ratio, QUIET, { atMost: 1.1 })).toBe(verdict);
  });

  test.each([
    ['above the target', interval(0.95, 1), 'met'],
    ['that reaches up to the target', interval(0.7, 0.9), 'met'],
    ['below the target', interval(0.7, 0.89), 'missed'],
  ])('%s, where it must be at least 0.90, is %s', (_where, ratio, verdict) => {
    expect(judgeInterval(ratio, QUIET, { atLeast: 0.9 })).toBe(verdict);
  });

  test.each([interval(0.9, 0.98), interval(1, 1.12), interval(0.5, 0.6)])(
    'is noisy where the control is not within 0.95 to 1.05: %j',
    (control) => {
      expect(judgeInterval(interval(0.9, 1), control, { atMost: 1.1 })).toBe('noisy');
      expect(judgeInterval(interval(2, 3), control, { atMost: 1.1 })).toBe('noisy');
    },
  );

  test('is judged by the control itself, however wide its interval is', () => {
    expect(judgeInterval(interval(0.9, 1), interval(0.9, 1.1), { atMost: 1.1 })).toBe('met');
    expect(judgeInterval(interval(1.2, 1.3), interval(0.9, 1.1), { atMost: 1.1 })).toBe('missed');
  });

  test.each([
    [1.104, 'met'],
    [1.106, 'missed'],
  ])('is taken to two decimals: %s, where it may be at most 1.10, is %s', (low, verdict) => {
    expect(judgeInterval(interval(low, 1.3), QUIET, { atMost: 1.1 })).toBe(verdict);
  });

  test('is noisy with fewer than six pairs, however quiet the control', () => {
    expect(judgeInterval({ ...interval(0.9, 1), count: 5 }, QUIET, { atMost: 1.1 })).toBe('noisy');
    expect(judgeInterval({ ...interval(0.9, 1), count: 6 }, QUIET, { atMost: 1.1 })).toBe('met');
  });

  test('is not measured where it or the control is missing', () => {
    expect(judgeInterval(undefined, QUIET, { atMost: 1 })).toBe('not measured');
    expect(judgeInterval(QUIET, undefined, { atMost: 1 })).toBe('not measured');
  });
});

describe('a count', () => {
  test.each([
    [{ baseline: 65, control: 65, value: 72 }, 'met'],
    [{ baseline: 65, control: 65, value: 73 }, 'missed'],
    [{ baseline: 65, control: 62, value: 66 }, 'met'],
    [{ baseline: 65, control: 61, value: 66 }, 'noisy'],
    [{ baseline: 65, control: 65, value: undefined }, 'not measured'],
  ])('%j, where 7 more are allowed, is %s', (counts, verdict) => {
    expect(judgeCount(counts, 7)).toBe(verdict);
  });

  test('is compared as it is where nothing else is measured', () => {
    expect(judgeValue(10, { atMost: 10 })).toBe('met');
    expect(judgeValue(11, { atMost: 10 })).toBe('missed');
    expect(judgeValue(10.001, { atMost: 10 })).toBe('missed');
    expect(judgeValue(undefined, { atMost: 10 })).toBe('not measured');
  });
});

test.each([
  [interval(-5, 5), interval(-1, 1), 'met'],
  [interval(1, 5), interval(-1, 1), 'met'],
  [interval(2, 5), interval(-1, 1), 'missed'],
  [undefined, interval(-1, 1), 'not measured'],
])('a slope of %j beside a control of %j is %s', (slope, control, verdict) => {
  expect(judgeSlope(slope, control)).toBe(verdict);
});

function interval(low: number, high: number) {
  return { median: (low + high) / 2, low, high, count: 40 };
}
