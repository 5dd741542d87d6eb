import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../bench/options.mjs';

const KNOWN = { workloads: ['one', 'flood'], variants: ['untraced', 'otel-v1'] };

test('without arguments everything is run in full', () => {
  expect(parseOptions([], KNOWN)).toEqual({
    mode: 'full',
    isFresh: false,
    workloads: [],
    variants: [],
    isProfiled: false,
    isStrict: false,
    pairs: undefined,
  });
});

test('--only sorts names into workloads and variants, in one list or several', () => {
  const options = parseOptions(['--quick', '--only', 'otel-v1,flood', '--only', 'one'], KNOWN);
  expect(options).toMatchObject({ mode: 'quick', workloads: ['flood', 'one'], variants: ['otel-v1'] });
});

test.each([['--help'], ['-h']])('%s asks for help', (argument) => {
  expect(parseOptions([argument], KNOWN)).toBe('help');
});

describe('what is not understood is named', () => {
  test.each([
    [['--only', 'on'], /--only on: no such workload or variant[^]*one flood[^]*untraced otel-v1/],
    [['--fast'], /--fast[^]*--quick/],
    [['--pairs', '0'], /--pairs[^]*got 0/],
    [['--pairs', 'many'], /--pairs[^]*got many/],
  ])('%j', (args, message) => {
    expect(() => parseOptions(args, KNOWN)).toThrow(message);
  });
});
