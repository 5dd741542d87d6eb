import { describe, expect, it } from 'vitest';
import { backoffMs, retryAfterMs } from '../../src/processors/retry-delay.js';

const NOW_MS = Date.parse('2026-05-11T12:00:00Z');

describe('a Retry-After header', () => {
  it.each([
    [null, undefined],
    ['0', 0],
    ['3', 3_000],
    [' 1.5 ', 1_500],
    ['Mon, 11 May 2026 12:00:20 GMT', 20_000],
    ['Mon, 11 May 2026 11:59:00 GMT', 0],
    ['-1', undefined],
    ['soon', undefined],
    ['', undefined],
  ])('%j asks to wait %j ms', (header, expected) => {
    expect(retryAfterMs(header, NOW_MS)).toBe(expected);
  });
});

describe('a backoff', () => {
  it.each([
    [1, 500],
    [2, 1_000],
    [5, 8_000],
    [50, 8_000],
  ])('after try %i is %i ms, and chance takes off less than a quarter', (failedTries, fullMs) => {
    expect(backoffMs(failedTries, 0)).toBe(fullMs);
    expect(backoffMs(failedTries, 0.999)).toBeGreaterThan(fullMs * 0.75);
  });
});
