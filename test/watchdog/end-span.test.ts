import { describe, expect, test } from 'vitest';
import { endFromRecord, ownEnds } from '../../src/watchdog/end-span.js';
import type { ClosedRun, CloseStatus } from '../../src/watchdog/run-record.js';
import { endedSpan, openSpan } from '../helpers/spans.js';

const CLOSED_AT = 1_700_000_005_000_000;
const LAST_TASK = 1_700_000_004_000_000;

function closedAs(status: CloseStatus): ClosedRun {
  const run = { namespace: 'default', workflowId: 'order', runId: 'run' };
  return { kind: 'closed', run, closedAs: status, closedAtMicros: CLOSED_AT };
}

const earlier = endedSpan('earlier', { type: 'activity' });
const last = endedSpan('last', { type: 'activity', endTime: LAST_TASK });
const root = endedSpan('root', { type: 'workflow', endTime: LAST_TASK });
const open = openSpan('open', { type: 'timer' });

describe('the ends that a run told of itself', () => {
  test.each([
    ['COMPLETED', {}, 'as it said: all of them', [earlier, last, root]],
    ['FAILED', { attributes: { 'temporal.failure.category': 'BENIGN' } }, 'by a benign failure: all of them', [earlier, last]],
    ['FAILED', {}, 'otherwise than its last task said: those of earlier tasks', [earlier]],
    ['TERMINATED', {}, 'by the server: those of earlier tasks', [earlier]],
    ['TIMED_OUT', {}, 'by the server: those of earlier tasks', [earlier]],
  ] as const)('are true where it was closed as %s, %o, %s', (status, changes, _what, expected) => {
    const changed = { ...root, ...changes };
    const own = [...ownEnds([earlier, last, changed, open], closedAs(status))];
    expect(own.filter((span) => span !== changed)).toEqual(expected.filter((span) => span !== root));
    expect(own.includes(changed)).toBe(status === 'COMPLETED' || 'attributes' in changes);
  });

  test('are true without the run’s own span where its code closed it, and unknown where the server did', () => {
    expect([...ownEnds([earlier, open], closedAs('COMPLETED'))]).toEqual([earlier]);
    expect([...ownEnds([earlier, open], closedAs('TERMINATED'))]).toEqual([]);
  });
});

test('an end that never happened leaves nothing on the span that the record ends', () => {
  const untrue = { ...root, statusMessage: 'well', output: { answer: 42 }, attributes: { kept: true, 'error.type': 'Odd' } };
  const ended = endFromRecord(untrue, closedAs('TERMINATED'), { message: 'no longer wanted' });
  const { output: _output, ...rest } = untrue;
  expect(ended).toEqual({
    ...rest,
    endTime: CLOSED_AT,
    status: 'TERMINATED',
    statusMessage: 'no longer wanted',
    attributes: { kept: true, 'everspan.ended_by': 'watchdog' },
    source: 'recorded',
  });
});
