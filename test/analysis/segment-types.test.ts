import { expect, test } from 'vitest';
import { findCriticalPath } from '../../src/analysis/critical-path.js';
import type { CriticalPath } from '../../src/analysis/path-model.js';
import { drawnSpans, idOf } from './drawn-spans.js';

function told(path: CriticalPath | undefined): string[] {
  return (path?.segments ?? []).map(({ name, type, startTime, endTime }) => `${name} ${type} ${startTime}-${endTime}`);
}

const scheduled = (time: number) => ({ 'temporal.activity.attempt_scheduled_time': time });

test('an activity is queued, runs, backs off, is queued again, runs, and its news waits for the workflow', () => {
  const path = findCriticalPath(
    drawnSpans(
      `
    root:workflow      |------------------------|
      act:activity     |-----------------------|
        one:attempt       |--|
        two:attempt                 |-------|`,
      {
        one: { status: 'ERROR', attempt: 1, attributes: scheduled(1) },
        two: { attempt: 2, attributes: scheduled(11) },
      },
    ),
  );
  expect(told(path)).toEqual([
    'act queue 0-3',
    'one active 3-6',
    'act backoff 6-11',
    'act queue 11-13',
    'two active 13-21',
    'act queue 21-24',
    'root unknown 24-25',
  ]);
  expect(path?.totals).toEqual({ active: 11, queue: 8, backoff: 5, timer: 0, waiting: 0, reclaim: 0, unknown: 1 });
});

test('an attempt that left no span died with its worker: the time until the next was scheduled is reclaim', () => {
  const path = findCriticalPath(
    drawnSpans(
      `
    act:activity     |----------------------|
      two:attempt              |-----------|`,
      { two: { attempt: 2, attributes: scheduled(8) } },
    ),
  );
  expect(told(path)).toEqual(['act reclaim 0-8', 'act queue 8-10', 'two active 10-22', 'act queue 22-23']);
});

test('the time before the third attempt is reclaim when the second left no span, backoff when it did', () => {
  const drawing = `
    act:activity     |----------------------|
      one:attempt    |--|
      next:attempt             |------------|`;
  const next = { attributes: scheduled(8) };
  const path = (attempt: number) => told(findCriticalPath(drawnSpans(drawing, { next: { attempt, ...next } })));
  expect(path(3)).toContain('act reclaim 3-8');
  expect(path(2)).toContain('act backoff 3-8');
});

test('an activity without attempts says nothing of what it did', () => {
  expect(told(findCriticalPath(drawnSpans('act:activity |----|')))).toEqual(['act unknown 0-5']);
});

test('an activity that somebody else completes waits for them', () => {
  const path = findCriticalPath(
    drawnSpans(
      `
    act:activity     |----------------|
      one:attempt      |-|`,
      { one: { attributes: { ...scheduled(0), 'temporal.activity.async_completion': true } } },
    ),
  );
  expect(told(path)).toEqual(['act queue 0-2', 'one active 2-4', 'act waiting 4-17']);
});

test('an open activity whose last attempt failed backs off', () => {
  const path = findCriticalPath(
    drawnSpans(
      `
    act:activity     |---->
      one:attempt    |--|`,
      { one: { status: 'ERROR' } },
    ),
    { now: 9 },
  );
  expect(told(path)).toEqual(['one active 0-3', 'act backoff 3-9']);
  expect(path?.isProvisional).toBe(true);
});

test('a timer is time of the timer', () => {
  expect(
    told(
      findCriticalPath(
        drawnSpans(`
    root:workflow  |----------|
      nap:timer    |----|
      act:activity      |-----|`),
      ),
    ),
  ).toEqual(['nap timer 0-5', 'act unknown 5-11']);
});

test('a child workflow is queued before its run begins, and its news waits after', () => {
  expect(
    told(
      findCriticalPath(
        drawnSpans(`
    root:workflow         |-------------|
      call:child_workflow |-------------|
        run:workflow        |--------|
          nap:timer           |------|`),
      ),
    ),
  ).toEqual(['call queue 0-2', 'run queue 2-4', 'nap timer 4-11', 'call queue 11-14']);
});

test('a workflow that a message of outside moves on has waited for it', () => {
  const path = findCriticalPath(
    drawnSpans(
      `
    root:workflow              |---------------------|
      act:activity             |----|
      approve:signal_handler                |
      then:timer                            |--------|`,
      {
        root: { attributes: { 'temporal.run.id': 'r' } },
        approve: { parentId: '00000000000000ff', attributes: { 'temporal.run.id': 'r' } },
      },
    ),
  );
  expect(told(path)).toEqual(['act unknown 0-5', 'root waiting 5-13', 'approve unknown 13-13', 'then timer 13-22']);
});

test('a timer that a message came before was not waited for, nor was what it canceled', () => {
  const path = findCriticalPath(
    drawnSpans(
      `
    root:workflow              |---------------------|
      limit:timer              |------------|
      rival:activity           |------------|
      approve:signal_handler                |
      then:timer                            |--------|`,
      { limit: { status: 'CANCELED' }, rival: { status: 'CANCELED' } },
    ),
  );
  expect(told(path)).toEqual(['root waiting 0-13', 'approve unknown 13-13', 'then timer 13-22']);
});

test('a message that comes as a step ends is not what was waited for', () => {
  const path = findCriticalPath(
    drawnSpans(`
    root:workflow              |---------------------|
      act:activity             |------------|
      ping:signal_handler                   |
      then:timer                            |--------|`),
  );
  expect(told(path)).toContain('act unknown 0-13');
});

test('a signal of the same trace leads to who sent it', () => {
  const path = findCriticalPath(
    drawnSpans(
      `
    root:workflow               |-----------------------|
      call:child_workflow       |-----------------------------|
        run:workflow             |----------------------------|
          work:activity          |------|
          send:signal                   |---|
            approve:signal_handler        |
      then:timer                          |-------------|`,
      {
        root: { attributes: { 'temporal.run.id': 'r' } },
        run: { attributes: { 'temporal.run.id': 's' } },
        approve: { attributes: { 'temporal.run.id': 'r' } },
      },
    ),
  );
  expect(told(path)).toEqual([
    'call queue 0-1',
    'work unknown 1-8',
    'send active 8-10',
    'approve unknown 10-10',
    'then timer 10-24',
  ]);
  expect(path?.segments.find(({ name }) => name === 'send')?.via).toBe('signal');
  expect(path?.detached.map(({ name }) => name)).toEqual(['call']);
});

test('a signal waits between its sending and its handling', () => {
  const path = findCriticalPath(
    drawnSpans(
      `
    root:workflow               |-----------------------|
      work:activity             |---|
        send:client_signal        |-|
          approve:signal_handler        |---------------|`,
      { root: { attributes: { 'temporal.run.id': 'r' } }, approve: { attributes: { 'temporal.run.id': 'r' } } },
    ),
  );
  expect(told(path)).toEqual(['work queue 0-2', 'send active 2-4', 'approve queue 4-8', 'approve unknown 8-24']);
});

test('an open workflow with nothing under way waits for a message', () => {
  const path = findCriticalPath(
    drawnSpans(`
    root:workflow   |---->
      act:activity  |--|`),
    { now: 20 },
  );
  expect(told(path)).toEqual(['act unknown 0-3', 'root waiting 3-20']);
});

test('the run that an asynchronous operation started is what the operation waited for', () => {
  const path = findCriticalPath(
    drawnSpans(`
    root:workflow            |----------------------|
      op:nexus_operation     |----------------------|
        handle:nexus_handler   |----|
          start:client_start     |-|
            run:workflow          |--------------|
              nap:timer           |--------------|`),
  );
  expect(told(path)).toEqual(['op queue 0-2', 'handle active 2-4', 'start active 4-5', 'nap timer 5-20', 'op queue 20-23']);
});

test('a chain of runs is explained whole, each by the one before', () => {
  const path = findCriticalPath(
    drawnSpans(
      `
    one:workflow   |-------|
      nap:timer    |-------|
    two:workflow            |-------|
      rest:timer            |-------|`,
      {
        one: { status: 'CONTINUED' },
        two: {
          links: [
            {
              traceId: 'abababababababababababababababab',
              spanId: idOf('one'),
              attributes: { 'everspan.link': 'continued_from' },
            },
          ],
        },
      },
    ),
  );
  expect(path?.root).toEqual({ spanId: undefined, name: 'trace' });
  expect(told(path)).toEqual(['nap timer 0-8', 'two queue 8-9', 'rest timer 9-17']);
  expect(path?.segments[0]?.via).toBe('continued_from');
});

test('a trace that begins with the call that started its workflow is about the workflow', () => {
  const path = findCriticalPath(
    drawnSpans(`
    call:client_start  |--|
      run:workflow       |--------|
        nap:timer        |--------|`),
  );
  expect(path).toMatchObject({ root: { name: 'run' }, startTime: 2, endTime: 11 });
});

test('calls that only sent a message are not what the trace is about; several workflows are explained together', () => {
  const drawing = `
    call:client_start   |--|
      run:workflow        |--------|
        nap:timer         |--------|
    hint:client_signal       |-|`;
  expect(findCriticalPath(drawnSpans(drawing))).toMatchObject({ root: { name: 'run' }, unreachedSpans: 0 });
  const both = `${drawing}
    other:workflow                    |---|`;
  const path = findCriticalPath(drawnSpans(both));
  expect(path).toMatchObject({ root: { spanId: undefined, name: 'trace' }, startTime: 2, endTime: 18 });
  expect(told(path)).toEqual(['nap timer 2-11', 'trace unknown 11-14', 'other unknown 14-18']);
});

test('a step that ends within the grain of its process’s clock after its attempt did not go on after it', () => {
  const late = (micros: number) =>
    findCriticalPath(
      drawnSpans('one:attempt |-----|\n  step:custom |---|', {
        one: { scope: { name: 'everspan' }, startTime: 0, endTime: 5_000 },
        step: { scope: { name: 'everspan' }, startTime: 1_000, endTime: 5_000 + micros },
      }),
    );
  expect(told(late(999))).toEqual(['one active 0-1000', 'step active 1000-5000']);
  expect(late(999)?.detached).toEqual([]);
  expect(told(late(1_000))).toEqual(['one active 0-5000']);
  expect(late(1_000)?.detached).toHaveLength(1);
});

const became = (to: string, time: number) => ({
  name: 'everspan.operation.transition',
  time,
  attributes: { 'everspan.operation.to': to },
});

test('an operation lies beside the steps: it hides none, and says what the run’s idle time was', () => {
  const path = findCriticalPath(
    drawnSpans(
      `
    root:workflow      |---------------------------------|
      op:operation     |--------------------------------------|
        look             |
      read:activity    |-----|
      act:activity                           |-----------|`,
      {
        root: { status: 'CONTINUED' },
        op: {
          events: [
            became('RECEIVED', 0),
            became('QUEUED', 7),
            became('CLAIMED', 10),
            became('RECLAIMED', 15),
            became('CLAIMED', 17),
            became('RETRYING', 20),
            became('QUEUED', 21),
          ],
        },
      },
    ),
  );
  expect(told(path)).toEqual([
    'read unknown 0-6',
    'root unknown 6-7',
    'root queue 7-10',
    'root unknown 10-15',
    'root reclaim 15-17',
    'root unknown 17-20',
    'root backoff 20-21',
    'root queue 21-22',
    'act unknown 22-34',
  ]);
  expect(path).toMatchObject({ detached: [], unreachedSpans: 0 });
});

test('a span is explained that is asked for', () => {
  const spans = drawnSpans(`
    root   |--------|
      a      |----|
        b      |-|`);
  expect(told(findCriticalPath(spans, { rootId: idOf('a') }))).toEqual(['a active 2-4', 'b active 4-6', 'a active 6-7']);
});

test('an attempt whose clock is ahead ends with the call that has its result', () => {
  const path = findCriticalPath(
    drawnSpans(`
    root:workflow      |--------------|
      act:activity     |----------|
        one:attempt      |-----------|`),
  );
  expect(told(path)).toEqual(['act queue 0-2', 'one active 2-11', 'root unknown 11-15']);
  expect(path).toMatchObject({ clampedSpans: 1, detached: [] });
});

test('an attempt does not start before the server scheduled it', () => {
  const path = findCriticalPath(
    drawnSpans(
      `
    act:activity     |----------|
      one:attempt      |------|`,
      { one: { attributes: scheduled(5) } },
    ),
  );
  expect(told(path)).toEqual(['act queue 0-5', 'one active 5-9', 'act queue 9-11']);
});

test('what stands after a mark of queueing is queue', () => {
  const path = findCriticalPath(
    drawnSpans(
      `
    root     |----------|
      mark     |
      phase       |-----|`,
      { mark: { name: 'queuing for execution' } },
    ),
  );
  expect(path?.totals).toMatchObject({ queue: 3 });
});
