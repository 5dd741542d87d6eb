import { expect, test } from 'vitest';
import { appendRefusal, appendTransition, hasRequest, readLogs } from '../../src/operation/operation-log.js';

test('a log gives back what was appended, also a reason of many words and lines', () => {
  const created = { to: 'RECEIVED', version: 1, epoch: 0, at: 1_700_000_000_000, requestId: 'a' } as const;
  const forced = {
    from: 'RECEIVED',
    to: 'ERRORED',
    version: 2,
    epoch: 0,
    at: 1_700_000_000_001,
    requestId: 'b#c',
    forcedReason: 'no progress #a \n100 % €',
  } as const;
  const refused = {
    code: 'STALE_EPOCH',
    from: 'ERRORED',
    to: 'RETRYING',
    epoch: 1,
    currentEpoch: 2,
    at: 5,
    requestId: 'd',
  } as const;
  const renewal = { code: 'STALE_EPOCH', from: 'QUEUED', epoch: 1, currentEpoch: 2, at: 6 } as const;

  const transitions = appendTransition(appendTransition('', created), forced);
  const refusals = appendRefusal(appendRefusal('', refused), renewal);

  expect(readLogs({ transitions, refusals })).toEqual({ transitions: [created, forced], refused: [refused, renewal] });
});

test('a request is found by its whole id, and not in a reason or among the states', () => {
  const log = appendTransition('', {
    from: 'QUEUED',
    to: 'ERRORED',
    version: 2,
    epoch: 0,
    at: 3,
    requestId: 'request-10',
    forcedReason: ' #request-11 ',
  });

  expect(hasRequest(log, 'request-10')).toBe(true);
  for (const other of ['request-1', 'request-11', 'ERRORED', '2', '-10']) expect(hasRequest(log, other)).toBe(false);
});

test('a log is cut in the middle: the creation and the last steps stay; of refusals the last', () => {
  let transitions = appendTransition('', { to: 'RECEIVED', version: 1, epoch: 0, at: 0, requestId: 'first' });
  let refusals = '';
  for (let version = 2; version < 200; version += 1) {
    const requestId = `request-${version}`;
    transitions = appendTransition(transitions, { from: 'INFERRING', to: 'TOOL_EXECUTING', version, epoch: 1, at: 1, requestId });
    refusals = appendRefusal(refusals, { code: 'STALE_EPOCH', from: 'INFERRING', epoch: 1, currentEpoch: 2, at: version });
  }
  const history = readLogs({ transitions, refusals });

  expect(transitions.length).toBeLessThanOrEqual(4_096);
  expect(refusals.length).toBeLessThanOrEqual(1_024);
  expect(history.transitions.map(({ version }) => version)).toEqual([
    1,
    ...Array.from({ length: history.transitions.length - 1 }, (_, index) => 200 - (history.transitions.length - 1) + index),
  ]);
  expect(history.transitions.length).toBeGreaterThan(40);
  expect(history.refused.at(-1)?.at).toBe(199);
  expect(history.refused.length).toBeGreaterThan(10);
});
