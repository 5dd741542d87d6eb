import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  isOperationState,
  isTerminal,
  isValidTransition,
  legalTargets,
  type NextState,
  OPERATION_STATES,
  type OperationState,
  predecessorsOf,
} from '../../src/operation/operation-state.js';

/** Every legal pair, written out a second time, so that a slip in the table shows. */
const LEGAL: Readonly<Record<OperationState, string>> = {
  RECEIVED: 'PREPROCESSING QUEUED ERRORED',
  PREPROCESSING: 'QUEUED ERRORED',
  QUEUED: 'CLAIMED ERRORED',
  CLAIMED: 'PRE_INFERENCE_GATHER ERRORED RECLAIMED',
  PRE_INFERENCE_GATHER: 'INFERRING ERRORED RECLAIMED',
  INFERRING: 'TOOL_EXECUTING POSTPROCESSING ERRORED RECLAIMED',
  TOOL_EXECUTING: 'INFERRING ERRORED RECLAIMED',
  POSTPROCESSING: 'INFERRING DELIVERING ERRORED RECLAIMED',
  DELIVERING: 'DELIVERED ERRORED',
  DELIVERED: 'COMPLETED ERRORED',
  COMPLETED: '',
  ERRORED: 'COMPLETED RETRYING',
  RETRYING: 'QUEUED',
  RECLAIMED: 'CLAIMED',
};

const PAIRS = OPERATION_STATES.flatMap((from) => OPERATION_STATES.map((to) => [from, to] as const));

test('there are 14 states and 196 pairs', () => {
  expect(OPERATION_STATES).toHaveLength(14);
  expect(PAIRS).toHaveLength(196);
});

test.each(PAIRS)('%s to %s is as the table says', (from, to) => {
  expect(isValidTransition(from, to)).toBe(LEGAL[from].split(' ').includes(to));
});

test.each(OPERATION_STATES)('the successors and predecessors of %s agree with the pairs', (state) => {
  expect(legalTargets(state)).toEqual(LEGAL[state].split(' ').filter((word) => word !== ''));
  expect([...predecessorsOf(state)].sort()).toEqual(
    OPERATION_STATES.filter((from) => LEGAL[from].split(' ').includes(state)).sort(),
  );
});

test.each(['', 'received', 'UNKNOWN', 'toString', '__proto__', 'constructor'])('%j is no state, on neither side', (text) => {
  expect(isOperationState(text)).toBe(false);
  expect(legalTargets(text)).toEqual([]);
  for (const state of OPERATION_STATES) {
    expect(isValidTransition(text, state)).toBe(false);
    expect(isValidTransition(state, text)).toBe(false);
  }
});

test('at rest are COMPLETED and ERRORED, of which only COMPLETED is final', () => {
  expect(OPERATION_STATES.filter((state) => isTerminal(state))).toEqual(['COMPLETED', 'ERRORED']);
  expect(OPERATION_STATES.filter((state) => legalTargets(state).length === 0)).toEqual(['COMPLETED']);
});

describe('in the type system', () => {
  function step<From extends OperationState>(_from: From, to: NextState<From>): OperationState {
    return to;
  }

  test('a literal that is legal compiles, and one that is not does not', () => {
    step('CLAIMED', 'PRE_INFERENCE_GATHER');
    step('INFERRING', 'TOOL_EXECUTING');
    // @ts-expect-error -- a consumer may not complete what it has only claimed
    step('CLAIMED', 'COMPLETED');
    // @ts-expect-error -- what is being delivered is not reclaimed
    step('DELIVERING', 'RECLAIMED');
    // @ts-expect-error -- nothing follows COMPLETED
    step('COMPLETED', 'RETRYING');
    // @ts-expect-error -- no such state
    step('RECEIVED', 'QUEUEING');
    expectTypeOf<NextState<'COMPLETED'>>().toEqualTypeOf<never>();
    expectTypeOf<NextState<'RETRYING'>>().toEqualTypeOf<'QUEUED'>();
    expectTypeOf<NextState<'POSTPROCESSING'>>().toEqualTypeOf<'INFERRING' | 'DELIVERING' | 'ERRORED' | 'RECLAIMED'>();
  });

  test('of a state that is not known everything that may follow some state compiles', () => {
    expectTypeOf<NextState<OperationState>>().toEqualTypeOf<Exclude<OperationState, 'RECEIVED'>>();
    expectTypeOf<NextState<'CLAIMED' | 'RETRYING'>>().toEqualTypeOf<
      'PRE_INFERENCE_GATHER' | 'ERRORED' | 'RECLAIMED' | 'QUEUED'
    >();
  });
});
