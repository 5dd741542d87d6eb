import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findCriticalPath } from '../../src/analysis/critical-path.js';
import { attributeQueues } from '../../src/analysis/queue-waits.js';
import type { Span } from '../../src/span/span.js';

// What two worker processes wrote of one run, STARTs and ENDs, while one of them was killed in the middle of `answerFrom`.
const path = fileURLToPath(new URL('../fixtures/killed-worker-trace.jsonl', import.meta.url));
const events = readFileSync(path, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Span);

test('a run whose worker was killed is explained to the end: what was lost with it is reclaim, what the other took up is queue', () => {
  const found = findCriticalPath(events);
  expect(found).toMatchObject({
    root: { name: 'workflow answerQuestion' },
    isProvisional: false,
    detached: [],
    unreachedSpans: 0,
    totals: {
      active: 1_517_985,
      queue: 8_112_716,
      backoff: 110_299,
      timer: 1_003_000,
      waiting: 0,
      reclaim: 3_001_000,
      unknown: 0,
    },
  });
  const told = found?.segments.map(({ name, type, startTime, endTime }) => {
    const ms = Math.round((endTime - startTime) / 1_000);
    return `${name}: ${type} ${ms} ms`;
  });
  expect(told).toEqual([
    'workflow answerQuestion: queue 7 ms',
    'child workflow readDocument: queue 209 ms',
    'workflow readDocument: queue 20 ms',
    'activity readPassages: queue 432 ms',
    'attempt readPassages: active 1 ms',
    'activity readPassages: backoff 110 ms',
    'activity readPassages: queue 885 ms',
    'attempt readPassages: active 1 ms',
    'activity readPassages: queue 8 ms',
    'child workflow readDocument: queue 36 ms',
    'activity rankPassages: queue 31 ms',
    'attempt rankPassages: active 1 ms',
    'BM25: active 11 ms',
    'activity rankPassages: queue 10 ms',
    'activity answerFrom: reclaim 3001 ms',
    'activity answerFrom: queue 908 ms',
    'attempt answerFrom: active 1502 ms',
    'activity answerFrom: queue 5544 ms',
    'timer: timer 1003 ms',
    'activity writeAnswer: queue 20 ms',
    'attempt writeAnswer: active 1 ms',
    'activity writeAnswer: queue 4 ms',
  ]);
});

test('all that waited for the task queue is counted, and by which process it was taken', () => {
  const [queue, ...others] = attributeQueues(events).queues;
  expect(others).toEqual([]);
  expect(queue).toMatchObject({ queue: 'document-questions', waits: 12, longestMicros: 908_000 });
  expect(queue?.workers.map(({ waits }) => waits)).toEqual([4, 4, 4]);
});
