import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../src/interceptors/call-outcome.js';

const refuse = (): never => {
  throw new TypeError('no');
};

describe('outcome of a call', () => {
  it.each([
    ['a proxy that refuses everything', new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse })],
    ['an error whose message throws', Object.defineProperty(new TypeError('hidden'), 'message', { get: refuse })],
    ['an object without a text form', Object.create(null) as object],
  ])('can be told of anything: %s', (_what, thrown) => {
    expect(outcomeOf(thrown)).toMatchObject({ status: 'ERROR', statusMessage: '[unreadable]' });
  });

  it.each([
    ['failed', 'ERROR'],
    ['canceled', 'CANCELED'],
  ])('of a Nexus operation that ended as %s is %s', (state, status) => {
    expect(outcomeOf(Object.assign(new TypeError('ended'), { name: 'OperationError', state })).status).toBe(status);
  });

  it('cuts a long message and a long stack', () => {
    const { statusMessage, exception } = outcomeOf(new RangeError('x'.repeat(100_000)));
    expect(statusMessage).toHaveLength(4_096);
    expect(exception?.['exception.stacktrace']).toHaveLength(4_096);
  });
});
