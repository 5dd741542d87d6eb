import { describe, expect, it } from 'vitest';
import { type QueuedSpan, SpanQueue } from '../../src/activities/span-queue.js';
import { endedSpan, openSpan } from '../helpers/spans.js';

describe('span queue', () => {
  it('keeps one event of a span: its END in the place of its START, and of two the greater', () => {
    const queue = makeQueue();
    queue.push(openSpan('a'), 0);
    queue.push(endedSpan('a', { endTime: 1_700_000_002_000_000 }), 1);
    queue.push(endedSpan('a'), 2);
    queue.push(openSpan('a'), 3);
    expect(queue.spans).toBe(1);
    expect(queue.take('start', 10, 1e9)).toEqual([]);
    expect(queue.take('end', 10, 1e9).map((entry) => entry.span.endTime)).toEqual([1_700_000_002_000_000]);
  });

  it('lets the oldest START go first when it is full, and ENDs only when no START is left', () => {
    const queue = makeQueue(3);
    expect(queue.push(endedSpan('e1'), 0)).toBe(0);
    expect(queue.push(openSpan('s1'), 1)).toBe(0);
    expect(queue.push(openSpan('s2'), 2)).toBe(0);
    expect(queue.push(endedSpan('e2'), 3)).toBe(1);
    expect(queue.push(endedSpan('e3'), 4)).toBe(1);
    expect(queue.push(endedSpan('e4'), 5)).toBe(1);
    expect(names(queue.take('end', 10, 1e9))).toEqual(['e2', 'e3', 'e4']);
    expect(queue.take('start', 10, 1e9)).toEqual([]);
    expect(queue.bytes).toBe(0);
  });

  it('is full by bytes too', () => {
    const queue = new SpanQueue(100, 3_000);
    expect(queue.push(endedSpan('small'), 0)).toBe(0);
    expect(queue.push(endedSpan('big', { output: 'x'.repeat(2_000) }), 0)).toBe(1);
    expect(names(queue.take('end', 10, 1e9))).toEqual(['big']);
  });

  it('gives batches bounded by spans and by bytes, and a span that is too big alone', () => {
    const queue = makeQueue();
    for (const name of ['a', 'b', 'c']) queue.push(endedSpan(name), 0);
    queue.push(endedSpan('big', { output: 'x'.repeat(50_000) }), 0);
    expect(names(queue.take('end', 2, 1e9))).toEqual(['a', 'b']);
    expect(names(queue.take('end', 10, 5_000))).toEqual(['c']);
    expect(names(queue.take('end', 10, 5_000))).toEqual(['big']);
  });

  it('puts a failed batch back in front, but not a START whose END has come', () => {
    const queue = makeQueue();
    for (const name of ['a', 'b']) queue.push(openSpan(name), 0);
    const taken = queue.take('start', 10, 1e9);
    queue.push(endedSpan('a'), 1);
    queue.push(openSpan('c'), 1);
    expect(queue.restore(taken, 'front')).toBe(0);
    expect(names(queue.take('start', 10, 1e9))).toEqual(['b', 'c']);
    expect(names(queue.take('end', 10, 1e9))).toEqual(['a']);
  });

  it('puts a batch at the back when asked', () => {
    const queue = makeQueue();
    for (const name of ['a', 'b']) queue.push(endedSpan(name), 0);
    queue.restore(queue.take('end', 1, 1e9), 'back');
    expect(names(queue.take('end', 10, 1e9))).toEqual(['b', 'a']);
  });

  it('expires what has waited too long', () => {
    const queue = makeQueue();
    queue.push(openSpan('old'), 0);
    queue.push(endedSpan('older'), 5);
    queue.push(endedSpan('new'), 100);
    expect(queue.expire(50)).toBe(2);
    expect(names(queue.take('end', 10, 1e9))).toEqual(['new']);
  });
});

function makeQueue(spansMax = 100): SpanQueue {
  return new SpanQueue(spansMax, 1e9);
}

function names(entries: readonly QueuedSpan[]): string[] {
  return entries.map((entry) => entry.span.name);
}
