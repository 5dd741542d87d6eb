import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/span/sha256.js';
import { anyText } from './arbitraries.js';

const byNode = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

describe('our SHA-256', () => {
  it.each(['a', 'ä', '€', '🧵'])('agrees with Node at every length around the block size, of %s', (character) => {
    for (let length = 0; length <= 200; length += 1) {
      const text = character.repeat(length);
      expect(sha256Hex(text)).toBe(byNode(text));
    }
  });

  it('agrees with Node on any text, lone surrogates included', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(sha256Hex(text)).toBe(byNode(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('agrees with Node on a long text', () => {
    const text = 'everspan '.repeat(50_000);
    expect(sha256Hex(text)).toBe(byNode(text));
  });
});
