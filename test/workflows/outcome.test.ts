import {
  ActivityFailure,
  ApplicationFailure,
  ApplicationFailureCategory,
  CancelledFailure,
  ChildWorkflowFailure,
  NexusOperationFailure,
  RetryState,
  TerminatedFailure,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { ContinueAsNew } from '@temporalio/workflow';
import { describe, expect, it } from 'vitest';
import { outcomeOfBody, outcomeOfCall } from '../../src/workflows/outcome.js';

const timeout = new TimeoutFailure('too late', undefined, TimeoutType.START_TO_CLOSE);
const cancelled = new CancelledFailure('not wanted');
const terminated = new TerminatedFailure('taken away');
const application = ApplicationFailure.nonRetryable('no', 'Refused');
const benign = ApplicationFailure.create({ message: 'as expected', category: ApplicationFailureCategory.BENIGN });
const activity = (cause: Error): Error =>
  new ActivityFailure('activity failed', 'type', 'id', RetryState.TIMEOUT, 'worker', cause);
const child = (cause: Error): Error => new ChildWorkflowFailure('default', {} as never, 'type', RetryState.TIMEOUT, cause);
const nexus = (cause: Error): Error => new NexusOperationFailure('failed', 1, 'endpoint', 'service', 'operation', 'token', cause);
const refuse = (): never => {
  throw new TypeError('no');
};

describe('the outcome of a call', () => {
  it.each([
    ['an activity that timed out', activity(timeout), 'TIMED_OUT', 'TimeoutFailure'],
    ['a child that timed out', child(timeout), 'TIMED_OUT', 'TimeoutFailure'],
    ['a Nexus operation that timed out', nexus(timeout), 'TIMED_OUT', 'TimeoutFailure'],
    ['a child that was terminated', child(terminated), 'TERMINATED', 'TerminatedFailure'],
    ['a child that failed by an activity that timed out', child(activity(timeout)), 'ERROR', 'TimeoutFailure'],
    ['a child that failed by a child that was terminated', child(child(terminated)), 'ERROR', 'TerminatedFailure'],
    ['a child that failed by an activity that was cancelled', child(activity(cancelled)), 'ERROR', 'CancelledFailure'],
    ['an operation whose workflow failed by a timeout', nexus(child(activity(timeout))), 'ERROR', 'TimeoutFailure'],
    ['an activity that failed', activity(application), 'ERROR', 'Refused'],
    ['a child that failed by an activity that failed', child(activity(application)), 'ERROR', 'Refused'],
    [
      'an activity that threw a timeout of its own',
      activity(ApplicationFailure.create({ cause: timeout })),
      'ERROR',
      'TimeoutFailure',
    ],
    ['a signal that could not be sent', application, 'ERROR', 'Refused'],
  ])('to %s', (_what, error, status, type) => {
    expect(outcomeOfCall(error)).toMatchObject({ status, attributes: { 'error.type': type } });
  });

  it.each([
    ['activity', activity(cancelled)],
    ['child', child(cancelled)],
    ['operation', nexus(cancelled)],
    ['timer', cancelled],
  ])('of a cancelled %s is CANCELED', (_what, error) => {
    expect(outcomeOfCall(error)).toEqual({ status: 'CANCELED', statusMessage: 'not wanted' });
    expect(outcomeOfBody(error)).toEqual({ status: 'CANCELED', statusMessage: 'not wanted' });
  });
});

describe('the outcome of code around calls', () => {
  it.each([
    ['timed out', activity(timeout), 'TimeoutFailure'],
    ['was terminated', child(terminated), 'TerminatedFailure'],
    ['failed', activity(application), 'Refused'],
  ])('of which one %s is an error that says by what', (_what, error, type) => {
    expect(outcomeOfBody(error)).toMatchObject({ status: 'ERROR', attributes: { 'error.type': type } });
  });

  it('that fails as expected is none, and one that continues as new is continued', () => {
    expect(outcomeOfBody(activity(benign))).toMatchObject({
      status: 'OK',
      attributes: { 'temporal.failure.category': 'BENIGN' },
    });
    expect(outcomeOfBody(new ContinueAsNew({} as never))).toEqual({ status: 'CONTINUED' });
  });

  it('can be told of anything', () => {
    const proxy = new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse });
    for (const outcomeOf of [outcomeOfBody, outcomeOfCall]) {
      expect(outcomeOf(proxy)).toMatchObject({ status: 'ERROR', statusMessage: '[unreadable]' });
    }
  });
});
