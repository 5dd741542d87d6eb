import { createHash } from 'node:crypto';
import { brotliCompressSync, deflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CheckpointHeader } from '../../src/operation/checkpoint.js';
import type { JsonValue } from '../../src/span/span.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/state/checkpoint-codec.js';

const OPERATION = { operationId: 'op-1' };

describe.each(['zlib', 'brotli'] as const)('a checkpoint in %s', (codec) => {
  test('comes back as it went in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const payload = JSON.parse(JSON.stringify(value)) as JsonValue;
        const { header, payload: bytes } = await encodeCheckpoint(payload, { ...OPERATION, codec, step: 'gathered' });
        const stored = { header: { ...header, savedAt: 5, state: 'INFERRING' }, payload: bytes };
        expect(await decodeCheckpoint(stored, OPERATION)).toEqual({ header: stored.header, payload });
      }),
      { numRuns: 300 },
    );
  });

  test('says its sizes, its hash and its step, below 64 KB as above', async () => {
    for (const length of [10, 200_000]) {
      const payload = { text: 'ä€'.repeat(length) };
      const raw = Buffer.from(JSON.stringify(payload));
      const { header, payload: bytes } = await encodeCheckpoint(payload, { ...OPERATION, codec, step: 'gathered' });

      expect(header).toEqual({
        schemaVersion: 1,
        codec,
        originalBytes: raw.byteLength,
        storedBytes: bytes.byteLength,
        sha256: createHash('sha256').update(raw).digest('hex'),
        step: 'gathered',
      });
      const stored = { header: { ...header, savedAt: 0, state: 'INFERRING' }, payload: bytes };
      expect((await decodeCheckpoint(stored, OPERATION))?.payload).toEqual(payload);
    }
  });
});

test.each([
  ['over 16 MiB of JSON', () => 'x'.repeat(16_777_216), 'CHECKPOINT_TOO_LARGE', /16,777,218 bytes as JSON, limit 16,777,216/],
  ['over 16 MiB in bytes alone', () => '€'.repeat(6_000_000), 'CHECKPOINT_TOO_LARGE', /18,000,002 bytes as JSON/],
  [
    'over 1 MiB compressed',
    () => noise(1_600_000),
    'CHECKPOINT_TOO_LARGE',
    /op-1: [\d,]+ bytes after compression, limit 1,048,576/,
  ],
  ['undefined', () => undefined as unknown as JsonValue, 'INVALID_CHECKPOINT', /undefined is nothing that JSON can say/],
  ['a bigint', () => 1n as unknown as JsonValue, 'INVALID_CHECKPOINT', /BigInt/],
  ['a cycle', cycle, 'INVALID_CHECKPOINT', /circular/],
])('%s is refused', async (_what, payload, code, message) => {
  await expect(encodeCheckpoint(payload(), OPERATION)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as unknown,
  });
});

test('a checkpoint of an older or of a newer schema is none', async () => {
  for (const schemaVersion of [0, 2]) {
    expect(await decodeCheckpoint(stored(deflateSync('{}'), { schemaVersion }), OPERATION)).toBeUndefined();
  }
});

test('a checkpoint without a codec, a hash and sizes that agree, as the first system wrote it, is read', async () => {
  const read = await decodeCheckpoint(stored(deflateSync('{"a":1}'), { originalBytes: 7 }), OPERATION);
  expect(read?.payload).toEqual({ a: 1 });
});

test.each([
  ['that is no zlib', stored(Buffer.from('nonsense'), {}), /does not decompress/],
  ['that ends early', stored(deflateSync('x'.repeat(1_000)).subarray(0, 10), {}), /does not decompress/],
  ['in another codec than it says', stored(brotliCompressSync('{}'), {}), /does not decompress/],
  ['of another size than it says', stored(deflateSync('{"a":1}'), { originalBytes: 6 }), /decompresses to 7 bytes, not to 6/],
  ['with another hash', stored(deflateSync('{"a":1}'), { originalBytes: 7, sha256: '0'.repeat(64) }), /SHA-256 is/],
  ['that is no JSON', stored(deflateSync('{"a":'), { originalBytes: 5 }), /no JSON/],
  ['that is larger than any', stored(Buffer.alloc(1_048_577), {}), /over the limits/],
  ['that says it grows past any', stored(deflateSync('1'), { originalBytes: 16_777_217 }), /over the limits/],
])('a checkpoint %s is corrupt', async (_what, checkpoint, message) => {
  await expect(decodeCheckpoint(checkpoint, OPERATION)).rejects.toMatchObject({
    code: 'CHECKPOINT_CORRUPT',
    message: expect.stringMatching(message) as unknown,
  });
});

test.each([
  ['zlib', deflateSync],
  ['brotli', brotliCompressSync],
] as const)('a bomb in %s is stopped at 16 MiB, however little it says that it holds', async (codec, compress) => {
  const bomb = compress(Buffer.alloc(64 * 1_048_576));
  expect(bomb.byteLength).toBeLessThan(100_000);

  await expect(decodeCheckpoint(stored(bomb, { codec, originalBytes: 10 }), OPERATION)).rejects.toMatchObject({
    code: 'CHECKPOINT_CORRUPT',
    message: expect.stringMatching(/more than 16,777,216 bytes/) as unknown,
  });
});

function stored(payload: Uint8Array, header: Partial<CheckpointHeader>) {
  const facts = {
    schemaVersion: 1,
    codec: 'zlib',
    savedAt: 0,
    state: 'INFERRING',
    originalBytes: 2,
    storedBytes: payload.byteLength,
  } as const;
  return { header: { ...facts, ...header }, payload };
}

/** Text that does not compress. */
function noise(length: number): string {
  let text = '';
  for (let part = 0; text.length < length; part += 1) text += createHash('sha512').update(`${part}`).digest('base64');
  return text;
}

function cycle(): JsonValue {
  const list: unknown[] = [];
  list.push(list);
  return list as JsonValue;
}
