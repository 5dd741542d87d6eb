import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { HeldWrites } from '../../src/state/held-writes.js';

/** A stream that notes what came to it in one write. */
function notingStream() {
  const writes: string[][] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      writes.push([chunk]);
      done();
    },
    writev: (chunks, done) => {
      writes.push(chunks.map(({ chunk }) => chunk as string));
      done();
    },
  });
  return { stream, writes };
}

const turnEnds = () => new Promise(setImmediate);

test('the calls of one turn leave in their order, eight at a time, and none is left behind', async () => {
  const { stream, writes } = notingStream();
  const held = new HeldWrites();
  const texts = Array.from({ length: 20 }, (_, index) => String(index));

  for (const text of texts) {
    held.hold(stream);
    stream.write(text);
  }
  await turnEnds();

  expect(writes.map(({ length }) => length)).toEqual([8, 8, 4]);
  expect(writes.flat()).toEqual(texts);
});

test('the next turn is held on its own', async () => {
  const { stream, writes } = notingStream();
  const held = new HeldWrites();

  for (const turn of ['a', 'b']) {
    for (let call = 0; call < 3; call += 1) {
      held.hold(stream);
      stream.write(turn);
    }
    await turnEnds();
  }

  expect(writes).toEqual([
    ['a', 'a', 'a'],
    ['b', 'b', 'b'],
  ]);
});

test('two that hold one stream, and a stream that takes its place within the turn, keep nothing back', async () => {
  const [first, second] = [notingStream(), notingStream()];
  const [one, other] = [new HeldWrites(), new HeldWrites()];

  for (let call = 0; call < 10; call += 1) {
    one.hold(first.stream);
    first.stream.write(`one ${call}`);
    other.hold(first.stream);
    first.stream.write(`other ${call}`);
  }
  one.hold(second.stream);
  second.stream.write('after');
  await turnEnds();

  expect(first.writes.flat()).toHaveLength(20);
  expect(second.writes.flat()).toEqual(['after']);
  expect(first.stream.writableCorked).toBe(0);
});
