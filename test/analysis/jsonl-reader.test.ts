import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LINE_BYTES_MAX, readJsonl } from '../../src/analysis/jsonl-reader.js';

async function read(chunks: Iterable<Uint8Array | string>) {
  const rows: unknown[] = [];
  const reading = await readJsonl(chunks, (row) => rows.push(row));
  return { rows, reading };
}

test('each line that is an object is a row; blank and bad ones are skipped and counted', async () => {
  const { rows, reading } = await read(['{"a":1}\r\n\n  \n[1]\n"text"\n{"b":\n{"c":3}']);
  expect(rows).toEqual([{ a: 1 }, { c: 3 }]);
  expect(reading).toEqual({ rows: 2, blankLines: 2, badLines: 3 });
});

test('a file is read alike however it is cut, as bytes or as text', async () => {
  const text = '{"a":"é"}\n\n{"b":"😀 \\n"}\nbad\n{"c":3}\n{"d":"ü"}';
  const bytes = new TextEncoder().encode(text);
  const whole = await read([text]);
  expect(whole.rows).toHaveLength(4);
  const cuts = fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      const ends = [...places, bytes.length].sort((a, b) => a - b);
      const parts = ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end));
      expect(await read(parts)).toEqual(whole);
      const textEnds = [...places.map((place) => Math.min(place, text.length)), text.length].sort((a, b) => a - b);
      expect(await read(textEnds.map((end, index) => text.slice(textEnds[index - 1] ?? 0, end)))).toEqual(whole);
    }),
    { numRuns: 500 },
  );
});

test('chunks of bytes and of text may follow one another', async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const { rows } = await read([bytes('{"a":'), '1}\n{"b"', bytes(':2}\n{'), bytes('"c":3}'), '\n']);
  expect(rows).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
});

test('a mark of byte order is no part of the first line', async () => {
  expect((await read([new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d, 0x0a])])).rows).toEqual([{}]);
});

const row = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;

test('a line of 4 MiB is read, one that is longer stops the file', async () => {
  expect((await read([`${row(LINE_BYTES_MAX)}\n{}`])).reading).toEqual({ rows: 2, blankLines: 0, badLines: 0 });
  const { rows, reading } = await read([`{}\n${row(LINE_BYTES_MAX + 1)}\n{}`]);
  expect(rows).toEqual([{}]);
  expect(reading).toEqual({ rows: 1, blankLines: 0, badLines: 0, stopped: { reason: 'LINE_TOO_LONG', line: 2 } });
});

test('a line is measured in bytes, not in characters', async () => {
  const wide = `{"a":"${'é'.repeat(LINE_BYTES_MAX / 2)}"}\n`;
  expect((await read([wide])).reading.stopped).toEqual({ reason: 'LINE_TOO_LONG', line: 1 });
});

test.each(['bytes', 'text'])(
  'a line of %s that never ends is not gathered: the file is left when it is too long',
  async (kind) => {
    let handedOut = 0;
    let isLeft = false;
    function* endless() {
      try {
        for (;;) {
          handedOut += 1;
          const chunk = 'x'.repeat(1024 * 1024);
          yield kind === 'text' ? chunk : new TextEncoder().encode(chunk);
        }
      } finally {
        isLeft = true;
      }
    }
    const { reading } = await read(endless());
    expect(reading.stopped).toEqual({ reason: 'LINE_TOO_LONG', line: 1 });
    expect(handedOut).toBe(5);
    expect(isLeft).toBe(true);
  },
);

test('a hundred bad lines in a row stop the file, ninety-nine do not', async () => {
  const bad = (count: number) => 'no\n'.repeat(count);
  expect((await read([`{}\n${bad(99)}{}\n${bad(99)}\n{}`])).reading).toEqual({ rows: 3, blankLines: 1, badLines: 198 });
  const { rows, reading } = await read([`{}\n${bad(50)}\n${bad(50)}{}\n`]);
  expect(rows).toEqual([{}]);
  expect(reading).toEqual({ rows: 1, blankLines: 1, badLines: 100, stopped: { reason: 'TOO_MANY_BAD_LINES', line: 102 } });
});

test('no bytes make the reader throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), async (chunks) => {
      const { reading } = await read(chunks);
      expect(reading.rows).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 5_000 },
  );
});
