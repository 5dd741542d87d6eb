import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readServerEvents, type ServerEvent } from '../../src/client/server-events.js';

async function read(text: string, cuts: readonly number[]): Promise<ServerEvent[]> {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  const pieces = [...places, text.length].map((place, index) => text.slice(index === 0 ? 0 : places[index - 1], place));
  const events: ServerEvent[] = [];
  const source = (async function* () {
    yield* pieces;
  })();
  for await (const event of readServerEvents(source)) events.push(event);
  return events;
}

test('events are the same wherever their text is cut', async () => {
  const text =
    ': hello\r\n\r\nretry: 50\nid: 1\nevent: ready\ndata: {"a":1}\n\nid: 2\ndata: one\ndata:two\nunknown: x\n\nid: 3\ndata: torn';
  const expected = [
    { type: 'ready', id: '1', text: '{"a":1}', retryMs: 50 },
    { type: 'message', id: '2', text: 'one\ntwo', retryMs: undefined },
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat()), async (cuts) => {
      expect(await read(text, cuts)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('any text is read to its end', async () => {
  const lines = fc.array(fc.constantFrom('data: x', 'data', ':', '', 'event: e', 'id:', 'retry: no', '\r', 'x'.repeat(50)), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(lines, fc.array(fc.nat()), async (all, cuts) => {
      for (const event of await read(all.join('\n'), cuts)) expect(typeof event.text).toBe('string');
    }),
    { numRuns: 500 },
  );
});
