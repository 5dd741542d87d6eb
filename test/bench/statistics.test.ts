import { describe, expect, test } from 'vitest';
import { median, medianInterval, quantile, seededRandom, shuffled, slopeInterval } from '../../bench/statistics.mjs';

describe('median', () => {
  test.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[7], 7],
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test('leaves its argument as it is', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  test('of nothing is not a number', () => {
    expect(median([])).toBeNaN();
  });
});

test.each([
  [0, 10],
  [0.5, 20],
  [0.25, 15],
  [1, 30],
])('quantile %d of 10, 20, 30 is %d', (fraction, expected) => {
  expect(quantile([30, 10, 20], fraction)).toBe(expected);
});

describe('the interval of a median', () => {
  test('of equal values has no width', () => {
    expect(medianInterval([2, 2, 2, 2])).toEqual({ median: 2, low: 2, high: 2, count: 4 });
  });

  test('of nothing is undefined', () => {
    expect(medianInterval([])).toBeUndefined();
  });

  test('is the same for the same values', () => {
    expect(medianInterval([1, 5, 2, 8, 3])).toEqual(medianInterval([1, 5, 2, 8, 3]));
  });

  test('holds the true median of what the values were drawn from in about 95 of 100 cases, and not always', () => {
    const random = seededRandom(7);
    let held = 0;
    const draws = 100;
    for (let draw = 0; draw < draws; draw += 1) {
      // Uniform on 0 to 1: its median is 0.5.
      const interval = medianInterval(Array.from({ length: 40 }, random));
      if (interval !== undefined && interval.low <= 0.5 && interval.high >= 0.5) held += 1;
    }
    expect(held / draws).toBeGreaterThan(0.88);
    expect(held).toBeLessThan(draws);
  });
});

describe('the slope of a line', () => {
  test('is found exactly where the points lie on it', () => {
    const slope = slopeInterval([0, 1, 2, 3].map((x) => ({ x, y: 5 + 3 * x })));
    expect(slope?.median).toBeCloseTo(3, 10);
    expect((slope?.high ?? 0) - (slope?.low ?? 0)).toBeCloseTo(0, 6);
  });

  test('has an interval around it where they do not', () => {
    const points = [1, -1, 1, -1, 1, -1].map((y, x) => ({ x, y }));
    const slope = slopeInterval(points);
    expect(slope?.low).toBeLessThan(0);
    expect(slope?.high).toBeGreaterThan(0);
  });

  test('needs three points of different places', () => {
    const point = { x: 1, y: 1 };
    expect(slopeInterval([point, { x: 2, y: 2 }])).toBeUndefined();
    expect(slopeInterval([point, point, point])).toBeUndefined();
  });
});

describe('shuffled', () => {
  test('keeps every item, and the list that it was given', () => {
    const list = [1, 2, 3, 4, 5];
    expect(new Set(shuffled(list, seededRandom(3)))).toEqual(new Set(list));
    expect(shuffled(list, seededRandom(3))).toHaveLength(5);
    expect(list).toEqual([1, 2, 3, 4, 5]);
  });

  test('puts each item first about as often', () => {
    const random = seededRandom(11);
    const firsts = new Map<string, number>();
    for (let draw = 0; draw < 3_000; draw += 1) {
      const first = shuffled(['a', 'b', 'c'], random)[0] ?? '';
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    for (const count of firsts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(120);
    expect(firsts.size).toBe(3);
  });
});
