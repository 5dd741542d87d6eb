import { expect, test } from 'vitest';
import { attributeQueues } from '../../src/analysis/queue-waits.js';
import { drawnSpans, idOf } from './drawn-spans.js';

const attempt = (scheduled: number, queue: string, worker: string, number = 1) => ({
  attempt: number,
  attributes: { 'temporal.task_queue': queue, 'temporal.activity.attempt_scheduled_time': scheduled },
  resource: { 'service.instance.id': worker },
});

const spans = drawnSpans(
  `
  root:workflow           |--------------------------|
    slow:activity         |-----------------|
      s1:attempt              |--|
      s2:attempt                       |---|
    quick:activity        |---|
      q1:attempt            |-|
    call:child_workflow                     |--------|
      run:workflow                            |------|`,
  {
    s1: { ...attempt(1, 'gpu', 'w1'), status: 'ERROR' },
    s2: attempt(10, 'gpu', 'w2', 2),
    q1: attempt(0, 'cpu', 'w3'),
    run: { attributes: { 'temporal.task_queue': 'flows' } },
  },
);

test('each queue is told what waited for it, how long, who took it, and how much of that held up the whole', () => {
  const { queues, leftOut } = attributeQueues(spans);
  expect(queues).toEqual([
    {
      queue: 'gpu',
      waits: 2,
      totalMicros: 6,
      longestMicros: 3,
      criticalMicros: 6,
      workers: [
        { worker: 'w1', waits: 1, totalMicros: 3 },
        { worker: 'w2', waits: 1, totalMicros: 3 },
      ],
    },
    {
      queue: 'cpu',
      waits: 1,
      totalMicros: 2,
      longestMicros: 2,
      criticalMicros: 0,
      workers: [{ worker: 'w3', waits: 1, totalMicros: 2 }],
    },
    {
      queue: 'flows',
      waits: 1,
      totalMicros: 2,
      longestMicros: 2,
      criticalMicros: 2,
      workers: [{ worker: undefined, waits: 1, totalMicros: 2 }],
    },
  ]);
  expect(leftOut).toEqual({ queues: 0, waits: 0, waitsMicros: 0 });
});

test('single waits stand longest first, and what is left out is counted', () => {
  const { longest, leftOut } = attributeQueues(spans, { top: 1 });
  expect(longest).toEqual([
    {
      spanId: idOf('s1'),
      name: 's1',
      attempt: 1,
      queue: 'gpu',
      worker: 'w1',
      scheduledTime: 1,
      startTime: 4,
      micros: 3,
      isOnCriticalPath: true,
    },
  ]);
  expect(leftOut).toEqual({ queues: 2, waits: 3, waitsMicros: 7 });
});

test('an attempt that says no queue has that of its activity; a worker without a name is its host and pid', () => {
  const [wait] = attributeQueues(
    drawnSpans('act:activity |----|\n  one:attempt   |--|', {
      act: { attributes: { 'temporal.task_queue': 'gpu' } },
      one: {
        attributes: { 'temporal.activity.attempt_scheduled_time': 1 },
        resource: { 'host.name': 'h', 'process.pid': 7 },
      },
    }),
  ).longest;
  expect(wait).toMatchObject({ queue: 'gpu', worker: 'h/7', micros: 2 });
});

test('a server’s clock that is ahead of the worker’s makes no negative wait', () => {
  const { longest } = attributeQueues(drawnSpans('act:activity |--------|\n  one:attempt   |--|', { one: attempt(4, 'q', 'w') }));
  expect(longest).toMatchObject([{ scheduledTime: 4, startTime: 4, micros: 0 }]);
});

test('no spans, no waits', () => {
  expect(attributeQueues([])).toEqual({ queues: [], longest: [], leftOut: { queues: 0, waits: 0, waitsMicros: 0 } });
});
