import { describe, expect, it } from 'vitest';
import { murmur128Hex } from '../../src/span/murmur128.js';

describe('our MurmurHash3', () => {
  // Made by another implementation, which itself gives SMHasher's verification value for x86, 128 bits (0xB3ECE62A). Every length
  // around a word and around a block is there, because each goes another way through the tail.
  it.each([
    ['', '00000000000000000000000000000000'],
    ['a', 'a794933c5556b01b5556b01b5556b01b'],
    ['abc', '75cdc6d1a2b006a5a2b006a5a2b006a5'],
    ['abcd', '96b6ccaa45afc62e45afc62e45afc62e'],
    ['abcde', 'c5402efb5d24c5bc5a7201775a720177'],
    ['abcdefgh', 'aef41136adb11487fa6c8092fa6c8092'],
    ['abcdefghi', 'ad058c1c2206596f14d27d10dd94417c'],
    ['abcdefghijkl', '738503fef48224c027d4dfadd28ce553'],
    ['abcdefghijklm', 'c13aa215dbaea1ecf41c3566d92cde70'],
    ['abcdefghijklmno', 'ee6d1d694a1ad5ae84ce1457ada761a8'],
    ['abcdefghijklmnop', '9fd2762790b91256e4ce8b21d193ba45'],
    ['abcdefghijklmnopq', '0445a4d364515c6fd96ddc2a1d11079d'],
    ['abcdefghijklmnopqrstuvwxyzabcde', 'cf19147b8f2bd327401be607e17c759d'],
    ['abcdefghijklmnopqrstuvwxyzabcdef', '3c14b34393575dc2f52da3dbfd163f08'],
    ['abcdefghijklmnopqrstuvwxyzabcdefg', 'a358f7e0c99134a28b113994353f9659'],
    ['é€🧵', 'fdf75d05969a6e9b68d1bbc868b903e6'],
    ['19:everspan', '552974b6b7996f76e1b99f6098e3034c'],
  ])('of %j is what the reference gives', (text, digest) => {
    expect(murmur128Hex(text)).toBe(digest);
  });
});
