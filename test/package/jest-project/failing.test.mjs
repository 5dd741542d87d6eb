// @ts-nocheck -- run by Jest, whose functions are global here
// Fails on purpose: how Jest shows it is what is looked at.
import { expectTrace } from 'everspan/testing';

test('a trace that is not there', () => {
  expectTrace([], 'order-1742');
});
