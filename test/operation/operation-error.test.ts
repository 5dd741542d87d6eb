import { expect, test } from 'vitest';
import { NEVER_RETRIED_CODES, OperationError } from '../../src/operation/operation-error.js';
import { illegalTransition, staleEpoch } from '../../src/operation/refusals.js';

const REQUEST = { operationId: 'op-1', requestId: 'request-1' };

test('what a retry can mend is retried, and nothing else', () => {
  for (const code of ['STORE_UNAVAILABLE', 'STORE_READ_ONLY', 'STORE_OUT_OF_MEMORY', 'WRITE_UNDECIDED'] as const) {
    expect(NEVER_RETRIED_CODES).not.toContain(code);
    expect(new OperationError(code, '').isRetryable).toBe(true);
  }
  for (const code of ['ILLEGAL_TRANSITION', 'STALE_EPOCH', 'CHECKPOINT_CORRUPT', 'NO_SUCH_OPERATION'] as const) {
    expect(NEVER_RETRIED_CODES).toContain(code);
    expect(new OperationError(code, '').isRetryable).toBe(false);
  }
});

test('an illegal transition names both states, the legal ones, and both ids', () => {
  const error = illegalTransition(REQUEST, 'CLAIMED', 'COMPLETED');
  expect(error).toMatchObject({ code: 'ILLEGAL_TRANSITION', ...REQUEST });
  expect(error.message).toBe(
    'operation op-1: CLAIMED to COMPLETED is no legal transition; from CLAIMED it may go to PRE_INFERENCE_GATHER, ERRORED, RECLAIMED (request request-1)',
  );
  expect(illegalTransition(REQUEST, 'COMPLETED', 'RETRYING').message).toContain('COMPLETED is final');
  expect(illegalTransition(REQUEST, 'DELIVERING', 'RECLAIMED').message).toContain('ERRORED, then RETRYING');
});

test('a stale epoch says whether the writer or the store is behind', () => {
  expect(staleEpoch(REQUEST, 1, 3).message).toContain('at epoch 3, the writer at 1: another has claimed or reclaimed it since');
  expect(staleEpoch(REQUEST, 4, 3).message).toContain('a fail-over can lose; claim it again');
});
