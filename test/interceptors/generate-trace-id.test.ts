import { validate, version } from 'uuid';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { generateTraceId } from '../../src/interceptors/generate-trace-id.js';
import { isTraceId, traceUuid } from '../../src/span/ids.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('a generated trace id', () => {
  it('is a trace id and, hyphenated, a UUIDv7', () => {
    const traceId = generateTraceId();
    expect(isTraceId(traceId)).toBe(true);
    expect(validate(traceUuid(traceId))).toBe(true);
    expect(version(traceUuid(traceId))).toBe(7);
  });

  it('starts with the time it was made at', () => {
    const laterMs = Date.now() + 60_000;
    vi.useFakeTimers({ now: laterMs });
    expect(Number.parseInt(generateTraceId().slice(0, 12), 16)).toBe(laterMs);
  });

  it('rises within one millisecond and when the clock jumps back', () => {
    vi.useFakeTimers({ now: Date.now() + 120_000 });
    const ids = Array.from({ length: 10_000 }, generateTraceId);
    vi.setSystemTime(0);
    ids.push(...Array.from({ length: 10_000 }, generateTraceId));
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toHaveLength(20_000);
  });
});
