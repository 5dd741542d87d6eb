import { describe, expect, it } from 'vitest';
import { InMemoryProcessor } from '../../src/processors/in-memory-processor.js';
import { CLOSED_SPAN, OPEN_SPAN } from '../span/arbitraries.js';

const CONTEXT = { signal: new AbortController().signal };
const OTHER = { ...OPEN_SPAN, spanId: '00f067aa0ba902b8', name: 'other' };

describe('the in-memory processor', () => {
  it('keeps every event and one span of them, whatever their order', async () => {
    const memory = new InMemoryProcessor();
    await memory.end([CLOSED_SPAN], CONTEXT);
    await memory.start([OPEN_SPAN, OTHER], CONTEXT);
    await memory.end([CLOSED_SPAN], CONTEXT);
    expect(memory.events()).toEqual([CLOSED_SPAN, OPEN_SPAN, OTHER, CLOSED_SPAN]);
    expect(memory.spans()).toEqual([CLOSED_SPAN, OTHER]);
    expect(memory.open()).toEqual([OTHER]);
  });

  it('keeps apart spans of two traces that share an id', async () => {
    const memory = new InMemoryProcessor();
    await memory.start([OPEN_SPAN, { ...OPEN_SPAN, traceId: '1'.repeat(32) }], CONTEXT);
    expect(memory.spans()).toHaveLength(2);
  });

  it('hands out lists that later events do not change', async () => {
    const memory = new InMemoryProcessor();
    const before = [memory.events(), memory.spans()];
    await memory.start([OPEN_SPAN], CONTEXT);
    expect(before).toEqual([[], []]);
  });

  it('forgets on reset', async () => {
    const memory = new InMemoryProcessor();
    await memory.start([OPEN_SPAN], CONTEXT);
    memory.reset();
    expect([memory.events(), memory.spans(), memory.open()]).toEqual([[], [], []]);
  });

  it('refuses a batch that its caller has given up', async () => {
    const memory = new InMemoryProcessor();
    const late = { signal: AbortSignal.abort() };
    await expect(memory.end([CLOSED_SPAN], late)).rejects.toMatchObject({ name: 'SpanDeliveryError', code: 'ABORTED' });
    expect(memory.events()).toEqual([]);
  });

  it('still has its spans after shutdown', async () => {
    const memory = new InMemoryProcessor();
    await memory.end([CLOSED_SPAN], CONTEXT);
    await memory.shutdown();
    expect(memory.spans()).toEqual([CLOSED_SPAN]);
  });
});

const isClosed = (spans: readonly { endTime?: number }[]): boolean => spans.some((span) => span.endTime !== undefined);

describe('waiting for spans', () => {
  it('ends at once when they are there', async () => {
    const memory = new InMemoryProcessor();
    await memory.end([CLOSED_SPAN], CONTEXT);
    await expect(memory.waitFor(isClosed)).resolves.toEqual([CLOSED_SPAN]);
  });

  it('looks once at the start and once per arrival, and never in between', async () => {
    const memory = new InMemoryProcessor();
    let looks = 0;
    const closed = memory.waitFor((spans) => {
      looks += 1;
      return isClosed(spans);
    });
    expect(looks).toBe(1);
    await memory.start([OPEN_SPAN], CONTEXT);
    expect(looks).toBe(2);
    await memory.end([CLOSED_SPAN], CONTEXT);
    await expect(closed).resolves.toEqual([CLOSED_SPAN]);
    await memory.end([CLOSED_SPAN], CONTEXT);
    expect(looks).toBe(3);
  });

  it('wakes all who wait', async () => {
    const memory = new InMemoryProcessor();
    const all = Promise.all([memory.waitFor(isClosed), memory.waitFor((spans) => spans.length === 1)]);
    await memory.end([CLOSED_SPAN], CONTEXT);
    await expect(all).resolves.toEqual([[CLOSED_SPAN], [CLOSED_SPAN]]);
  });

  it('ends with a list of what is there when the time is up', async () => {
    const memory = new InMemoryProcessor();
    await memory.start([OPEN_SPAN], CONTEXT);
    await expect(memory.waitFor(isClosed, { timeoutMs: 1 })).rejects.toMatchObject({
      name: 'WaitTimeoutError',
      code: 'WAIT_TIMEOUT',
      message: 'waited 1 ms for spans that did not come; there are:\n  activity fetch RUNNING',
    });
    await expect(new InMemoryProcessor().waitFor(isClosed, { timeoutMs: 1 })).rejects.toThrow('none came at all');
  });

  it('hands on what the predicate throws, and does not disturb who delivers', async () => {
    const memory = new InMemoryProcessor();
    const failing = memory.waitFor((spans) => {
      if (spans.length > 0) throw new RangeError('mine');
      return false;
    });
    const outcome = failing.catch((error: unknown) => error);
    await memory.start([OPEN_SPAN], CONTEXT);
    expect(await outcome).toEqual(new RangeError('mine'));
  });
});
