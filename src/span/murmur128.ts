/**
 * MurmurHash3 (x86, 128 bits, seed 0) of the UTF-8 bytes of `text`, as 32 lower-case hex digits.
 *
 * Ids are made inside the workflow isolate, once a span. Where modules run anew for each workflow this code is cold: SHA-256 there took some
 * 200 µs a span, this takes about 10. What is asked of it is an even spread over 64 bits within one
 * trace, which is no matter of cryptography.
 */
export function murmur128Hex(text: string): string {
  const bytes = encoder.encode(text);
  const { length } = bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  const blocksEnd = length - (length % 16);
  for (let at = 0; at < blocksEnd; at += 16) {
    h1 = (Math.imul(rotate(h1 ^ mix1(view.getUint32(at, true)), 19) + h2, 5) + 0x561ccd1b) | 0;
    h2 = (Math.imul(rotate(h2 ^ mix2(view.getUint32(at + 4, true)), 17) + h3, 5) + 0x0bcaa747) | 0;
    h3 = (Math.imul(rotate(h3 ^ mix3(view.getUint32(at + 8, true)), 15) + h4, 5) + 0x96cd1c35) | 0;
    h4 = (Math.imul(rotate(h4 ^ mix4(view.getUint32(at + 12, true)), 13) + h1, 5) + 0x32ac3b17) | 0;
  }
  // What does not fill a block counts as if zeros followed, word by word, as the reference does.
  const tail = new DataView(new ArrayBuffer(16));
  for (let at = blocksEnd; at < length; at += 1) tail.setUint8(at - blocksEnd, bytes[at] as number);
  const left = length - blocksEnd;
  if (left > 12) h4 ^= mix4(tail.getUint32(12, true));
  if (left > 8) h3 ^= mix3(tail.getUint32(8, true));
  if (left > 4) h2 ^= mix2(tail.getUint32(4, true));
  if (left > 0) h1 ^= mix1(tail.getUint32(0, true));

  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = finish(h1);
  h2 = finish(h2);
  h3 = finish(h3);
  h4 = finish(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  return hex(h1) + hex(h2 + h1) + hex(h3 + h1) + hex(h4 + h1);
}

const encoder = new TextEncoder();
const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

function mix1(word: number): number {
  return Math.imul(rotate(Math.imul(word, C1), 15), C2);
}

function mix2(word: number): number {
  return Math.imul(rotate(Math.imul(word, C2), 16), C3);
}

function mix3(word: number): number {
  return Math.imul(rotate(Math.imul(word, C3), 17), C4);
}

function mix4(word: number): number {
  return Math.imul(rotate(Math.imul(word, C4), 18), C1);
}

function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
