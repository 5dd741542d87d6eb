import { setImmediate } from 'node:timers/promises';
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { AsyncLocalContextManager, ensureContextManager } from '../../src/interceptors/async-local-context.js';

const KEY = createContextKey('test');

describe('context manager', () => {
  afterEach(() => context.disable());

  it('is registered where there is none, and carries context through awaits and bound functions', async () => {
    expect(await carried()).toEqual([undefined, undefined]);
    ensureContextManager();
    expect(await carried()).toEqual([1, 1]);
  });

  it('leaves the one that is registered', () => {
    const theirs = new AsyncLocalContextManager();
    context.setGlobalContextManager(theirs);
    ensureContextManager();
    theirs.with(ROOT_CONTEXT.setValue(KEY, 'theirs'), () => expect(context.active().getValue(KEY)).toBe('theirs'));
  });

  it('keeps arguments, this and length of what it calls and binds', () => {
    const manager = new AsyncLocalContextManager();
    const owner = { factor: 2 };
    expect(manager.with(ROOT_CONTEXT, multiply, owner, 3, 4)).toBe(24);
    const bound = manager.bind(ROOT_CONTEXT, multiply);
    expect(bound.length).toBe(2);
    expect(bound.call(owner, 3, 4)).toBe(24);
    expect(manager.bind(ROOT_CONTEXT, owner)).toBe(owner);
  });
});

function multiply(this: { readonly factor: number }, a: number, b: number): number {
  return this.factor * a * b;
}

async function carried(): Promise<unknown[]> {
  return context.with(ROOT_CONTEXT.setValue(KEY, 1), async () => {
    const bound = context.bind(context.active(), () => context.active().getValue(KEY));
    await setImmediate();
    return [context.active().getValue(KEY), context.with(ROOT_CONTEXT, () => bound())];
  });
}
