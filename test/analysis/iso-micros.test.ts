import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoFromMicros, microsFromIso } from '../../src/analysis/iso-micros.js';

const SECOND = 1_000_000;

test.each([
  ['1970-01-01T00:00:00Z', 0],
  ['1970-01-01T00:00:00.000001Z', 1],
  ['1969-12-31T23:59:59.999999Z', -1],
  ['2026-04-29T00:00:00+00:00', 1_777_420_800 * SECOND],
  ['2026-04-29T02:00:00+02:00', 1_777_420_800 * SECOND],
  ['2026-04-28T18:30:00.5-05:30', 1_777_420_800 * SECOND + 500_000],
  ['2026-04-29T00:00:00.123456789Z', 1_777_420_800 * SECOND + 123_456],
  ['2026-04-29 00:00:00', 1_777_420_800 * SECOND],
  ['2026-04-29t00:00z', 1_777_420_800 * SECOND],
  ['2026-04-29T00:00:00+0000', 1_777_420_800 * SECOND],
  ['2000-02-29T00:00:00Z', 951_782_400 * SECOND],
  ['2255-06-05T23:47:34.740991Z', Number.MAX_SAFE_INTEGER],
])('%s is %i', (text, micros) => {
  expect(microsFromIso(text)).toBe(micros);
});

test.each([
  '',
  '2026-04-29',
  '2026-04-29T',
  '2026-04-29T00',
  '2026-04-29T24:00:00Z',
  '2026-04-29T00:60:00Z',
  '2026-04-29T00:00:60Z',
  '2026-04-29T00:00:00.Z',
  '2026-04-29T00:00:00Zx',
  '2026-04-29T00:00:00+',
  '2026-04-29T00:00:00+2',
  '2026-04-29T00:00:00+25:00',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '2255-06-05T23:47:34.740992Z',
  '9999-12-31T23:59:59Z',
  '1600-01-01T00:00:00Z',
  'yesterday, at noon, or so',
])('%j is no time', (text) => {
  expect(microsFromIso(text)).toBeUndefined();
});

test('every microsecond that a number can say is written and read back', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (time) => {
      expect(microsFromIso(isoFromMicros(time))).toBe(time);
    }),
    { numRuns: 20_000 },
  );
});

test('no text makes the reader throw', () => {
  const nearly = fc.stringMatching(/^[0-9TtZz:.+ -]{0,36}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), nearly), (text) => {
      const time = microsFromIso(text);
      expect(time === undefined || Number.isSafeInteger(time)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});
